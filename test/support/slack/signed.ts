import { createHmac } from 'node:crypto';
import type { ChatSurface, HttpAnswer } from '../../../src/chat/port.ts';
import type { Delivery } from './delivery.ts';

export interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request as Slack signs it: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function signed(secret: string, now: number, type: string, body: string): Signed {
  const at = String(Math.floor(now / 1_000));
  const hash = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return {
    body,
    headers: { 'content-type': type, 'x-slack-request-timestamp': at, 'x-slack-signature': `v0=${hash}` },
  };
}

const form = 'application/x-www-form-urlencoded';

/** Events are JSON, commands a form, what is pressed JSON within one. */
export function signedDelivery(
  secret: string,
  now: number,
  kind: Delivery['kind'],
  body: Delivery['body'],
): Signed {
  if (kind === 'event') return signed(secret, now, 'application/json', JSON.stringify(body));
  const fields = kind === 'command' ? (body as Record<string, string>) : { payload: JSON.stringify(body) };
  return signed(secret, now, form, new URLSearchParams(fields).toString());
}

export async function knock(
  { http }: Pick<ChatSurface, 'http'>,
  { headers, body }: Signed,
): Promise<HttpAnswer> {
  if (http === null) throw new Error('this surface has no way in over HTTP');
  return await http.take({ headers: (name) => headers[name], body });
}

/** Resolves to what was answered; rejects where Slack would send it again. */
export async function sendSigned(
  surface: Pick<ChatSurface, 'http'>,
  secret: string,
  now: number,
  kind: Delivery['kind'],
  body: Delivery['body'],
): Promise<unknown> {
  const answer = await knock(surface, signedDelivery(secret, now, kind, body));
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  return answer.type === 'application/json' ? JSON.parse(answer.body) : undefined;
}
