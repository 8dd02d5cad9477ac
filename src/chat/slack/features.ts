import { codeOf } from './web-api.ts';

/** What this workspace's Slack has. That it lacks something is found out once, remembered, and said in one line of the log (rule S6). */
export interface Features {
  readonly has: (what: Feature) => boolean;
  /** A use of it failed. True: Slack lacks it from now on. False: it failed for another reason. */
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

/** Each is a kind of block: Slack says that it lacks it by refusing the blocks. */
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

export function createFeatures(log: { warn(detail: object, says: string): void }): Features {
  const lacked = new Set<Feature>();
  return {
    has: (what) => !lacked.has(what),
    note(what, error) {
      const code = codeOf(error);
      const isBlock = byBlock.includes(what) && isOfBlocks(code);
      if (!isBlock && !lacking.includes(code)) return false;
      if (!lacked.has(what)) log.warn({ code }, `Slack has no ${what} here; it is done without them`);
      lacked.add(what);
      return true;
    },
  };
}
