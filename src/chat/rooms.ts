import type { Card } from './card.ts';

/** Characters of what a person writes. */
export const saidMost = 8_000;

/** The messages of a surface whose platform is this program itself; all of it outlives a restart. */
export interface Rooms {
  channels(): Promise<readonly Room[]>;
  /** The channel of this name, made when it is new. Throws `channel.name`. */
  addChannel(name: string): Promise<Room>;
  /** The newest that the reader may see before `before`, the oldest first. */
  page(
    reader: string,
    place: { readonly channel: string; readonly thread: string | null; readonly before: string | null },
  ): Promise<{ readonly messages: readonly RoomMessage[]; readonly earlier: boolean }>;
  /** null: there is none, or it is not for this reader. */
  message(reader: string, id: string): Promise<RoomMessage | null>;
  /** What changed after `rev`, in order; null: too much, look at everything anew. */
  changes(reader: string, rev: number): Promise<readonly RoomMessage[] | null>;
  /** The number of the newest change. */
  newest(): Promise<number>;
  /** What a person wrote; the same dedupe id says it once. Throws `key.typed`. */
  say(words: {
    readonly channel: string;
    readonly thread: string | null;
    readonly member: string;
    readonly text: string;
    readonly dedupe: string;
  }): Promise<RoomMessage>;
  /** A card that one member alone sees. `asked`: what they typed for it. */
  tell(words: {
    readonly channel: string;
    readonly thread: string | null;
    readonly member: string;
    readonly asked: string | null;
    readonly card: Card;
    readonly dedupe: string;
  }): Promise<void>;
  /** Puts another card in the place of one that this member alone sees; false: there is none. */
  tellInstead(member: string, id: string, card: Card): Promise<boolean>;
  /** Puts away a card that only this member sees. */
  putAway(member: string, id: string): Promise<void>;
  /** Posts a card once and gives its id. `room` is its name, or what `directTo` gives; null: there is no such room or thread. */
  post(card: Card, room: string, thread: string | null, dedupe: string): Promise<string | null>;
  /** False: there is no such message. */
  edit(card: Card, id: string): Promise<boolean>;
  find(dedupe: string): Promise<string | null>;
  /** Calls `then` after each commit that changed something here. */
  watch(then: () => void): () => void;
}

export interface Room {
  readonly id: string;
  readonly name: string;
}

export interface RoomMessage {
  readonly id: string;
  /** Id of its room. */
  readonly channel: string;
  readonly thread: string | null;
  /** The person who said it; null: Crewsmith. */
  readonly by: { readonly member: string; readonly name: string } | null;
  /** Only its reader sees it. */
  readonly isPrivate: boolean;
  readonly content:
    | { readonly kind: 'said'; readonly text: string }
    | { readonly kind: 'card'; readonly card: Card; readonly asked: string | null };
  readonly at: number;
  readonly rev: number;
  /** What stands in its thread, for this reader. */
  readonly replies: number;
  readonly lastReplyAt: number | null;
  /** Something in its thread asks for a decision. */
  readonly threadAsks: boolean;
}
