import type { Card } from '../../src/chat/card.ts';
import {
  type Found,
  type Place,
  type Surface,
  SurfaceFailure,
  type SurfaceName,
} from '../../src/chat/port.ts';
import { CrewsmithError } from '../../src/errors.ts';

/** A message as a person would see it now. */
export interface Seen {
  readonly address: string;
  readonly place: Place;
  readonly dedupe: string;
  readonly card: Card;
}

/** One request that arrived, in the order of arrival. */
export type Arrival =
  | { readonly did: 'post'; readonly title: string; readonly place: Place; readonly address: string }
  | { readonly did: 'edit'; readonly title: string; readonly place: Place; readonly address: string }
  | { readonly did: 'find'; readonly dedupe: string };

interface Answers {
  post: string;
  edit: undefined;
  find: Found;
}

/** Stands in the way of one request. `arrive` lets it arrive and gives the answer; not calling it loses the request. */
type InTheWay<Did extends keyof Answers> = (arrive: () => Answers[Did]) => Promise<Answers[Did]>;

/** An in-memory surface that refuses what a platform would refuse and remembers everything that arrived. */
export interface Recorder extends Surface {
  /** In the order of posting. */
  messages(): readonly Seen[];
  readonly arrivals: readonly Arrival[];
  /** What a platform would never have been asked; a test expects none. */
  readonly mistakes: readonly string[];
  /** Accounts that do not see the channels; everybody else does. */
  readonly outside: Set<string>;
  /** People and channels that it knows, by their own ids; files that were shared, by their addresses. */
  readonly names: Map<string, string>;
  readonly files: Map<string, Uint8Array>;
  /** The next request of this kind meets `inTheWay`; several calls stand in line. */
  next<Did extends keyof Answers>(did: Did, inTheWay: InTheWay<Did>): void;
}

export function createRecorder(options: { name?: SurfaceName; editEveryMs?: number } = {}): Recorder {
  const messages: Seen[] = [];
  const arrivals: Arrival[] = [];
  const mistakes: string[] = [];
  const outside = new Set<string>();
  const names = new Map<string, string>();
  const files = new Map<string, Uint8Array>();
  const lines: { [Did in keyof Answers]: InTheWay<Did>[] } = { post: [], edit: [], find: [] };

  function mistake(says: string): SurfaceFailure {
    mistakes.push(says);
    return new SurfaceFailure(says, { sent: 'no', again: false });
  }

  function post(card: Card, place: Place, dedupe: string): string {
    if (place.thread !== null && !messages.some((m) => m.address === place.thread)) {
      throw mistake(`a post into the unknown thread ${place.thread}`);
    }
    const address = `${place.channel}/${messages.length + 1}`;
    messages.push({ address, place, dedupe, card });
    arrivals.push({ did: 'post', title: card.title, place, address });
    return address;
  }

  function edit(card: Card, place: Place, address: string): undefined {
    const at = messages.findIndex((m) => m.address === address);
    const before = messages[at];
    if (before === undefined) throw mistake(`an edit of the unknown message ${address}`);
    messages[at] = { ...before, card };
    arrivals.push({ did: 'edit', title: card.title, place, address });
  }

  function find(place: Place, dedupe: string): Found {
    arrivals.push({ did: 'find', dedupe });
    // As platforms do: what stands in a thread is not among the messages of its channel.
    const isThere = (m: Seen) => m.place.channel === place.channel && m.place.thread === place.thread;
    const seen = messages.find((m) => m.dedupe === dedupe && isThere(m));
    return seen === undefined ? { found: 'no' } : { found: 'yes', address: seen.address };
  }

  return {
    name: options.name ?? 'terminal',
    editEveryMs: options.editEveryMs ?? 1_000,
    messages: () => [...messages],
    arrivals,
    mistakes,
    outside,
    sees: async (native) => !outside.has(native),
    names,
    files,
    isClosed: async () => false,
    nameOf: async (what) => names.get('person' in what ? what.person : what.channel) ?? null,
    async fetchFile({ name, from: { address } }) {
      const bytes = files.get(address);
      if (bytes !== undefined) return bytes;
      throw new CrewsmithError('file.unread', { file: name, why: 'it is gone', next: 'Share it again.' });
    },
    next: (did, inTheWay) => void lines[did].push(inTheWay),
    async post(card, place, dedupe) {
      const arrive = () => post(card, place, dedupe);
      return (await lines.post.shift()?.(arrive)) ?? arrive();
    },
    async edit(card, place, address) {
      const arrive = () => edit(card, place, address);
      const inTheWay = lines.edit.shift();
      return inTheWay === undefined ? arrive() : await inTheWay(arrive);
    },
    async find(place, dedupe) {
      const arrive = () => find(place, dedupe);
      return (await lines.find.shift()?.(arrive)) ?? arrive();
    },
  };
}

/** The surface refuses; `again`: it may be asked again. */
export const refuses =
  (detail: { again: boolean; retryAfterMs?: number; outside?: boolean }) => (): Promise<never> =>
    Promise.reject(new SurfaceFailure('The surface refused.', { sent: 'no', ...detail }));

/** The request arrives and its answer is lost. */
export const losesAnswer = (arrive: () => unknown): Promise<never> => {
  arrive();
  return Promise.reject(new SurfaceFailure('No answer came.', { sent: 'unknown', again: true }));
};

/** The request is lost, and nobody can tell. */
export const losesRequest = (): Promise<never> =>
  Promise.reject(new SurfaceFailure('No answer came.', { sent: 'unknown', again: true }));

/** Holds requests back until `release`. */
export function holdsBack(): { wait: <T>(arrive: () => T) => Promise<T>; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: (arrive) => promise.then(arrive), release: resolve };
}

/** A card with nothing but a title. */
export const cardOf = (title: string): Card => ({
  v: 1,
  title,
  tone: 'neutral',
  status: '',
  body: [],
  actions: [],
  foot: '',
});
