import { isObject, type Json } from '../../core/json.ts';
import { type FailureRow, failureRow as row, type Stated } from '../failed.ts';

export const failureRows: readonly FailureRow[] = [
  row('quota-exhausted', { word: /insufficient_quota|insufficient_credits|billing/ }),
  row('quota-exhausted', { statuses: [402] }),
  row('key-rejected', { statuses: [401, 403] }),
  row('key-rejected', { word: /invalid_api_key|account_deactivated/ }),
  row('too-long', { word: /context_length_exceeded/ }),
  row('too-long', { statuses: [413] }),
  row('too-long', { statuses: [400, 422, null], message: /maximum context length|context window/i }),
  row('refused', { word: /content_filter|content_policy|bio_policy|invalid_prompt/ }),
  row('rate-limited', { statuses: [429] }),
  row('rate-limited', { word: /rate_limit/ }),
  row('overloaded', { statuses: ['5xx', 408, 409] }),
  row('overloaded', { statuses: [null], says: 'The provider broke off its answer with an error.' }),
  row('bad-request', { statuses: ['4xx'] }),
];

/** Reads `{ error: { … } }`, its inside, or whatever a proxy sends instead. */
export function statedBy(status: number | null, body: unknown): Stated {
  const json = body as Json | undefined;
  const inner = (isObject(json) ? json.error : null) ?? json;
  if (typeof inner === 'string') return { status, code: '', type: '', message: inner };
  const text = (name: string): string => {
    const value = isObject(inner) ? inner[name] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { status, code: text('code'), type: text('type'), message: text('message') };
}
