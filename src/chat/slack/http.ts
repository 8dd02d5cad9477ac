import { type App, isValidSlackRequest, type Receiver } from '@slack/bolt';
import type { Clock } from '../../clock.ts';
import type { HttpAnswer, HttpDoor } from '../port.ts';

/** Slack sends to us over HTTP: each request is signed, and none is believed without that. */
export function createHttp(parts: { readonly signingSecret: string; readonly clock: Clock }): {
  readonly receiver: Receiver;
  readonly door: HttpDoor;
} {
  let app: App | null = null;

  async function hand(body: Record<string, unknown>): Promise<HttpAnswer> {
    if (app === null) return answer(503);
    const acknowledged = Promise.withResolvers<HttpAnswer>();
    const work = app.processEvent({
      body,
      ack: (response?: unknown) => {
        acknowledged.resolve(response === undefined || response === '' ? answer(200) : json(response));
        return Promise.resolve();
      },
    });
    // What could not be taken comes again.
    work.then(
      () => acknowledged.resolve(answer(200)),
      () => acknowledged.resolve(answer(500)),
    );
    return await acknowledged.promise;
  }

  return {
    receiver: {
      init(given) {
        app = given;
      },
      start: () => Promise.resolve(null),
      stop() {
        app = null;
        return Promise.resolve(null);
      },
    },
    door: {
      path: '/slack/events',
      async take({ headers, body }) {
        const signed = isValidSlackRequest({
          signingSecret: parts.signingSecret,
          body,
          headers: {
            'x-slack-signature': headers('x-slack-signature') ?? '',
            'x-slack-request-timestamp': Number(headers('x-slack-request-timestamp') ?? Number.NaN),
          },
          nowMilliseconds: parts.clock.now(),
        });
        if (!signed) return answer(401);
        const read = readBody(body, headers('content-type') ?? '');
        if (read === null) return answer(400);
        if (read.type === 'url_verification') return json({ challenge: read.challenge });
        return await hand(read);
      },
    },
  };
}

const answer = (status: number): HttpAnswer => ({ status, type: 'text/plain', body: '' });
const json = (body: unknown): HttpAnswer =>
  typeof body === 'string'
    ? { status: 200, type: 'text/plain', body }
    : { status: 200, type: 'application/json', body: JSON.stringify(body) };

/** Events are JSON, commands a form, what is pressed JSON within a form. */
function readBody(body: string, type: string): Record<string, unknown> | null {
  try {
    if (!type.startsWith('application/x-www-form-urlencoded'))
      return JSON.parse(body) as Record<string, unknown>;
    const form = new URLSearchParams(body);
    const payload = form.get('payload');
    return payload === null ? Object.fromEntries(form) : (JSON.parse(payload) as Record<string, unknown>);
  } catch {
    return null;
  }
}
