import { isObject, type Json } from '../../core/json.ts';
import { type FailureRow, failureRow as row, type Stated } from '../failed.ts';

export const failureRows: readonly FailureRow[] = [
  row('quota-exhausted', { word: /^billing_error$/ }),
  row('quota-exhausted', { statuses: [402] }),
  row('quota-exhausted', { message: /credit balance is too low|specified (api )?usage limits?/i }),
  row('key-rejected', { statuses: [401, 403] }),
  row('key-rejected', { word: /^(authentication|permission)_error$|^organization_on_hold$/ }),
  row('too-long', { word: /^request_too_large$/ }),
  row('too-long', { statuses: [413] }),
  row('too-long', { message: /prompt is too long|exceed(s|ed)? (the )?context (limit|window)/i }),
  row('refused', { message: /content filtering policy/i }),
  row('rate-limited', { statuses: [429] }),
  row('rate-limited', { word: /^rate_limit_error$/ }),
  row('overloaded', { statuses: ['5xx', 408, 409] }),
  row('overloaded', { statuses: [null], says: 'The provider broke off its answer with an error.' }),
  row('bad-request', { statuses: ['4xx'] }),
];

/** Reads `{ type: 'error', error: { … } }`, its inside, or whatever a proxy sends instead. */
export function statedBy(status: number | null, body: unknown): Stated {
  const json = body as Json | undefined;
  const inner = (isObject(json) ? json.error : null) ?? json;
  if (typeof inner === 'string') return { status, code: '', type: '', message: inner };
  const text = (of: Json | undefined, name: string): string => {
    const value = isObject(of) ? of[name] : undefined;
    return typeof value === 'string' ? value : '';
  };
  const details = isObject(inner) ? inner.details : undefined;
  return {
    status,
    code: text(details, 'error_code'),
    type: text(inner, 'type'),
    message: text(inner, 'message'),
  };
}
