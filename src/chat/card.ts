import type { Chart } from './chart.ts';
import type { Press } from './press.ts';

/**
 * A message that every surface renders in its own way. Stored as JSON in the outbox, so it carries `v` (rule R8).
 * Texts are plain: nothing in them is markup, so what a model or the web wrote stays inert (rule S5).
 */
export interface Card {
  readonly v: 1;
  readonly title: string;
  readonly tone: 'working' | 'waiting' | 'good' | 'bad' | 'neutral';
  /** Beside the title: `running · step 2 of 4`. */
  readonly status: string;
  readonly body: readonly CardBlock[];
  readonly actions: readonly CardAction[];
  /** Small, last: cost, calls, time; the code of an error. */
  readonly foot: string;
}

export type CardBlock = CardPart | LongText;

/**
 * A text that would fill the thread. Every surface shows what it says in short, and has all of it at hand: to unfold on the
 * page, as a file where a platform takes files; in a terminal, which scrolls, all of it stands there.
 */
export interface LongText {
  readonly type: 'long';
  readonly summary: string;
  readonly parts: readonly CardPart[];
}

export type CardPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'heading'; readonly text: string }
  | { readonly type: 'bullets'; readonly items: readonly string[] }
  /** The first row is the head; all rows have as many cells. */
  | { readonly type: 'table'; readonly rows: readonly (readonly string[])[] }
  | { readonly type: 'steps'; readonly steps: readonly CardStep[] }
  /** A place of our own that opens at a click: the address is never of the web or a model. */
  | { readonly type: 'link'; readonly label: string; readonly url: string }
  | {
      readonly type: 'fields';
      readonly fields: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly type: 'chart'; readonly chart: Chart }
  | Notice;

/**
 * Whom the surface notifies of this message, by their accounts on it (`&ID`: all who hold a role of the team's own), and the words of that notification: they may stand on a
 * locked screen, so they never hold what a model wrote (rule G5).
 */
export interface Notice {
  readonly type: 'notice';
  readonly people: readonly { readonly native: string; readonly name: string }[];
  readonly push: string;
}

export interface CardStep {
  readonly mark: 'done' | 'working' | 'waiting' | 'pending' | 'failed' | 'skipped';
  readonly name: string;
  readonly says: string;
  readonly time: string;
  readonly cost: string;
}

export interface CardAction {
  readonly label: string;
  readonly style: 'primary' | 'plain' | 'danger';
  /** What a press means; leads to a row, carries no meaning of its own beyond it. */
  readonly press: Press;
}
