import type { App, Receiver } from '@slack/bolt';
import type { Clock } from '../../../src/clock.ts';

/** What was delivered to the app, and what it answered. */
export interface Delivery {
  readonly kind: 'event' | 'command' | 'interaction';
  readonly body: Readonly<Record<string, unknown>>;
  /** ms until the acknowledgement; null: none came. */
  ackedAfter: number | null;
  /** What the acknowledgement carried. */
  answer: unknown;
}

/** Slack waits so long for an acknowledgement. */
export const ackWithinMs = 3_000;
/** Events without one come again: at once, after a minute, after five. */
export const againAfterMs = [0, 60_000, 300_000];

export interface Deliveries {
  readonly receiver: Receiver;
  readonly all: readonly Delivery[];
  /** Delivers once more what was delivered, as Slack does when it is not sure. */
  again(delivery: Delivery): Promise<void>;
  send(kind: Delivery['kind'], body: Delivery['body']): Promise<Delivery>;
  /** Nothing reaches the app until it is mended; events wait, the rest is lost, as with a socket that is gone. */
  cut(): void;
  mend(): Promise<void>;
}

/** Hands payloads straight to the app, as a receiver of its own. */
/** How a payload reaches the app: resolves to what its acknowledgement carried, rejects without one. */
export type Way = (delivery: Pick<Delivery, 'kind' | 'body'>) => Promise<unknown>;

export function createDeliveries(clock: Clock, way: Way | null = null): Deliveries {
  const all: Delivery[] = [];
  const waiting: Delivery[] = [];
  let app: App | null = null;
  let isCut = false;

  async function straight({ body }: Delivery, acknowledged: (answer: unknown) => void): Promise<void> {
    if (app === null) throw new Error('no app listens');
    const ack = async (answer?: unknown) => acknowledged(answer);
    await app.processEvent({ body: { ...body }, ack });
  }

  async function once(delivery: Delivery, tries: number): Promise<void> {
    const began = clock.now();
    const answered = Promise.withResolvers<void>();
    let late = false;
    const cancel = clock.after(ackWithinMs, () => {
      late = true;
      answered.resolve();
    });
    const acknowledged = (answer: unknown) => {
      if (late) return;
      delivery.ackedAfter = clock.now() - began;
      delivery.answer = answer;
      answered.resolve();
    };
    const done = (way === null ? straight(delivery, acknowledged) : way(delivery).then(acknowledged)).catch(
      () => {},
    );
    await answered.promise;
    cancel();
    void done;
    const [wait] = againAfterMs.slice(tries);
    if (late && delivery.kind === 'event' && wait !== undefined)
      clock.after(wait, () => void once(delivery, tries + 1));
  }

  return {
    all,
    receiver: {
      init(given) {
        app = given;
      },
      start: () => Promise.resolve(null),
      stop: () => Promise.resolve(null),
    },
    again: (delivery) => once(delivery, againAfterMs.length),
    async send(kind, body) {
      const delivery: Delivery = { kind, body, ackedAfter: null, answer: undefined };
      all.push(delivery);
      if (!isCut) await once(delivery, 0);
      else if (kind === 'event') waiting.push(delivery);
      return delivery;
    },
    cut() {
      isCut = true;
    },
    async mend() {
      isCut = false;
      for (const delivery of waiting.splice(0)) await once(delivery, 1);
    },
  };
}
