import type { Memory } from '../memory.ts';
import type { SharedFile } from '../port.ts';
import { type Press, readPress } from '../press.ts';
import type { Filling } from './modal.ts';

/** What a custom id leads to. */
export type Meant =
  | { readonly is: 'press'; readonly press: Press; readonly opensForm: boolean }
  /** The next modal of a form, or what is sent of it without the rest. */
  | { readonly is: 'open' | 'send'; readonly filling: Filling }
  /** What a message is to be run on, with its files. */
  | { readonly is: 'words'; readonly files: readonly SharedFile[] };

export interface CustomIds {
  ofPress(press: Press): Promise<string>;
  ofFilling(is: 'open' | 'send', filling: Filling): Promise<string>;
  ofWords(files: readonly SharedFile[]): Promise<string>;
  /** Known at once, so that nothing is read before what must be answered first (rule S4). */
  isForm(customId: string): boolean;
  /** null: none of ours, or from too long ago. */
  read(customId: string): Promise<Meant | null>;
}

/** Of the modal in which somebody says what is to be run on a message without files; it means the same for everybody. */
const wordsId = 'words';
/** The box in it. */
export const wordsBox = 'line';

interface Kept {
  readonly press?: unknown;
  readonly filling?: Omit<Filling, 'files'> & Partial<Pick<Filling, 'files'>>;
  readonly files?: readonly SharedFile[];
}

/** How long each is kept. No gate waits longer than a press; what somebody is writing is their text, and goes soon. */
const pressDays = 180;
const fillingDays = 1;

const kinds = { press: 'p', form: 'f', open: 'o', send: 's', words: 'w' } as const;

/** Custom ids are tokens: unguessable, and they mean nothing without what is remembered. */
export function createCustomIds(parts: {
  memory: Memory;
  opensForm: (press: Press) => Promise<boolean>;
}): CustomIds {
  const { memory, opensForm } = parts;

  return {
    async ofPress(press) {
      const kind = (await opensForm(press)) ? kinds.form : kinds.press;
      return `${kind}:${await memory.keep({ press }, pressDays)}`;
    },

    ofFilling: async (is, filling) => `${kinds[is]}:${await memory.keep({ filling }, fillingDays)}`,

    ofWords: async (files) =>
      files.length === 0 ? wordsId : `${kinds.words}:${await memory.keep({ files }, fillingDays)}`,

    isForm: (customId) => [kinds.form, kinds.open].some((kind) => customId.startsWith(`${kind}:`)),

    async read(customId) {
      if (customId === wordsId) return { is: 'words', files: [] };
      const [kind = '', token = ''] = customId.split(':', 2);
      const kept = (await memory.read(token)) as Kept | null;
      if (kept === null) return null;
      if (kept.files !== undefined) return { is: 'words', files: kept.files };
      if (kept.filling !== undefined) {
        // What was kept before there were files has none.
        const filling = { ...kept.filling, files: kept.filling.files ?? [] };
        return { is: kind === kinds.send ? 'send' : 'open', filling };
      }
      const press = readPress(kept.press);
      return press === null ? null : { is: 'press', press, opensForm: kind === kinds.form };
    },
  };
}
