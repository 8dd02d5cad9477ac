import { codeOf } from './web-api.ts';

/** What this workspace's Slack does not have: found out once, remembered, and said in one line of the log (rule S6). */
export interface Missing {
  readonly has: (what: Feature) => boolean;
  /** True: it is missing from now on. False: it failed for another reason. */
  note(what: Feature, error: unknown): boolean;
}

export type Feature =
  | 'plan blocks'
  | 'tables'
  | 'pictures'
  | 'private pictures'
  | 'pictures at home'
  | 'file uploads'
  | 'history'
  | 'members'
  | 'people'
  | 'home';

/** What is asked for by a block, and refused by Slack's word for blocks that it does not take. */
const byBlock: readonly Feature[] = [
  'plan blocks',
  'tables',
  'pictures',
  'private pictures',
  'pictures at home',
];

/** Slack's words for blocks that it does not take. */
export const isOfBlocks = (code: string): boolean =>
  ['invalid_blocks', 'invalid_blocks_format', 'invalid_arguments'].includes(code);

/** A method that is not there, or that the app was not allowed. */
const lacking = [
  'unknown_method',
  'missing_scope',
  'not_allowed_token_type',
  'method_not_supported_for_channel_type',
  'deprecated_endpoint',
  'method_deprecated',
];

export function createMissing(log: { warn(detail: object, says: string): void }): Missing {
  const missing = new Set<Feature>();
  return {
    has: (what) => !missing.has(what),
    note(what, error) {
      const code = codeOf(error);
      const isBlock = byBlock.includes(what) && isOfBlocks(code);
      if (!isBlock && !lacking.includes(code)) return false;
      if (!missing.has(what)) log.warn({ code }, `Slack has no ${what} here; it is done without them`);
      missing.add(what);
      return true;
    },
  };
}
