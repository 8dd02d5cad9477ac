import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import type { Surface } from '../../src/chat/port.ts';
import type { Store } from '../../src/store/port.ts';

export const pointKinds = ['commit', 'send', 'byte', 'card'] as const;
export type PointKind = (typeof pointKinds)[number];

/** One moment at which the process may die, as it is said before it does. */
export interface Point {
  /** Counted from 1, in the order of happening. */
  readonly n: number;
  readonly kind: PointKind;
  /** `KIND WHERE`, like `commit after`; what was done under a label begins with it, like `decide commit after`. */
  readonly name: string;
}

export interface Faults {
  /** The marks of one action: each call is a point. The label is that of whoever asks for them. */
  marks(kind: PointKind): (where: string) => void;
  /** Points of what `work` does carry this label. */
  labeled<T>(label: string, work: () => Promise<T>): Promise<T>;
  /** How many points have passed, by kind. */
  counts(): Readonly<Record<PointKind, number>>;
}

/** `die`: the n-th point, the first of this name, or none. There the process says the point as a line of JSON and kills itself. */
export function createFaults(die: number | string | null): Faults {
  const labels = new AsyncLocalStorage<string>();
  const counts: Record<PointKind, number> = { commit: 0, send: 0, byte: 0, card: 0 };
  let n = 0;
  return {
    marks(kind) {
      const label = labels.getStore();
      return (where) => {
        n += 1;
        counts[kind] += 1;
        const point: Point = { n, kind, name: [label, kind, where].filter(Boolean).join(' ') };
        if (die !== n && die !== point.name) return;
        writeSync(1, `${JSON.stringify({ died: point })}\n`);
        process.kill(process.pid, 'SIGKILL');
      };
    },
    labeled: (label, work) => labels.run(label, work),
    counts: () => counts,
  };
}

/** Before a commit, and after it, before anybody has heard of it. */
export function faultyStore(store: Store, faults: Faults): Store {
  return {
    ...store,
    transact(work) {
      const mark = faults.marks('commit');
      return store.transact(async (tx) => {
        tx.onCommit(() => mark('after'));
        const value = await work(tx);
        mark('before');
        return value;
      });
    },
  };
}

/** Before a request to `origin` and once it is written whole, and at the bytes of its reply. */
export function faultyFetch(origin: string, faults: Faults): typeof globalThis.fetch {
  subscribe('undici:request:bodySent', (message) => {
    const { request } = message as { request: { origin: string } };
    if (request.origin === origin) faults.marks('send')('after');
  });
  return async (input, init) => {
    faults.marks('send')('before');
    const { body, status, statusText, headers } = await fetch(input, init);
    return new Response(body === null ? null : inPieces(body, faults), { status, statusText, headers });
  };
}

const bytePoints = ['none', 'first', 'half', 'all but one', 'all'] as const;

/** A reply as it would come over a slow line: cut after its first byte, in the middle and before its last one. */
function inPieces(body: ReadableStream<Uint8Array>, faults: Faults): ReadableStream<Uint8Array> {
  let pieces: Uint8Array[] | null = null;
  let given = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        pieces ??= cut(new Uint8Array(await new Response(body).arrayBuffer()));
        faults.marks('byte')(bytePoints[given] ?? '');
        const piece = pieces[given];
        given += 1;
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      cancel: (reason) => body.cancel(reason).catch(() => {}),
    },
    // Read ahead, a point would come before the bytes in front of it have been taken.
    { highWaterMark: 0 },
  );
}

const cut = (whole: Uint8Array): Uint8Array[] => {
  const ends = [0, 1, whole.length >> 1, whole.length - 1, whole.length];
  return ends.slice(1).map((end, i) => whole.subarray(ends[i], end));
};

/** Before a request to the surface and once it is answered. */
export function faultySurface(surface: Surface, faults: Faults): Surface {
  async function at<T>(ask: () => Promise<T>): Promise<T> {
    const mark = faults.marks('card');
    mark('before');
    const answer = await ask();
    mark('after');
    return answer;
  }
  return {
    ...surface,
    post: (card, place, dedupe) => at(() => surface.post(card, place, dedupe)),
    edit: (card, place, address) => at(() => surface.edit(card, place, address)),
    find: (place, dedupe) => at(() => surface.find(place, dedupe)),
    sees: (native, channel) => at(() => surface.sees(native, channel)),
  };
}
