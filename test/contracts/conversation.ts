import { afterEach, describe, expect, test } from 'vitest';
import type { Card } from '../../src/chat/card.ts';
import { crewOf } from '../support/crew-text.ts';
import { wordsOf } from '../support/fake-chat.ts';
import { createScripted } from '../support/scripted.ts';

/** One person in one channel of a surface, with the desk behind it. */
export interface Conversation {
  /** After `/crew`. The same delivery is the platform's second try. */
  types(text: string, delivery: string): Promise<void>;
  /** The newest button with this label. */
  presses(label: string, delivery: string): Promise<void>;
  /** A message of this program as the platform hands it back. */
  hearsItself(text: string): Promise<void>;
  /** What stands in the channel, and in the thread of its first card; in order. */
  channel(): Promise<readonly Card[]>;
  thread(): Promise<readonly Card[]>;
  /** What they alone were told. */
  told(): Promise<readonly Card[]>;
  runs(): Promise<number>;
  end(): Promise<void>;
}

const long = `begins ${'and goes on '.repeat(1_500)}and ends`;

/** Answers with the second word of the topic, `long` with more than any message takes. */
export const conversationProvider = () =>
  createScripted((request) => ({
    json: { text: JSON.stringify(request).includes('About long') ? long : 'words' },
  }));

export const conversationCrew = crewOf(`
name: note
summary: A short note, approved, then shared.
input:
  topic: { type: text, label: Topic }
agents:
  writer: { model: smart, instructions: Write., limits: { input: 60000, output: 9000, time: 60s } }
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: { text: text } }
  - polish: { agent: writer, prompt: "About {{ input.topic }}: {{ steps.draft.text }}", output: { text: text } }
  - approve: { gate: { shows: polish.text, expires: 2d } }
  - publish: { deliver: channel, approved: approve }
`);

/** What people on every surface can rely on, however the platform delivers. */
export function conversationContract(name: string, start: () => Promise<Conversation>): void {
  describe(`a conversation on ${name} (rules S2, S5, G4)`, () => {
    let chat: Conversation;
    afterEach(async () => await chat.end());

    test('stands in order: one card in the channel, each step and then the gate in its thread', async () => {
      chat = await start();
      await chat.types('note tea', 'delivery-1');
      expect((await chat.channel()).map((card) => card.title)).toEqual(['Note · tea']);
      expect((await chat.thread()).map((card) => card.title)).toEqual([
        'Draft',
        'Polish',
        'Note: tea · ready for your decision',
      ]);
      await chat.presses('Approve', 'delivery-2');
      expect((await chat.channel()).map((card) => card.title)).toEqual(['Note · tea', 'Note: tea']);
      expect((await chat.thread()).at(-1)?.actions).toEqual([]);
    });

    test('does nothing twice when the platform delivers again', async () => {
      chat = await start();
      await chat.types('note tea', 'delivery-1');
      await chat.types('note tea', 'delivery-1');
      await chat.types('version', 'delivery-2');
      await chat.types('version', 'delivery-2');
      expect([await chat.runs(), (await chat.told()).length]).toEqual([1, 1]);
      await chat.presses('Stop', 'delivery-3');
      expect((await chat.told()).length).toBe(1);
    });

    test('does not listen to itself', async () => {
      chat = await start();
      await chat.hearsItself('/crew note tea');
      expect([await chat.runs(), await chat.told()]).toEqual([0, []]);
    });

    test('tells a late press why, to its author alone', async () => {
      chat = await start();
      await chat.types('note tea', 'delivery-1');
      const reject = chat.presses('Reject', 'delivery-2');
      const approve = chat.presses('Approve', 'delivery-3');
      await Promise.all([reject, approve]);
      const told = await chat.told();
      expect(told).toHaveLength(1);
      expect(wordsOf(told[0])).toMatch(/This was decided already: (approved|rejected) by /);
    });

    test('shows what people type as they typed it, whatever it would mean elsewhere', async () => {
      chat = await start();
      const hostile = '<!channel> <@U1> **bold** [a](https://evil.example) <script>alert(1)</script>';
      await chat.types(`note '${hostile}'`, 'delivery-1');
      const [parent] = await chat.channel();
      expect(parent?.title).toBe(`Note · ${hostile}`);
    });

    test('loses nothing of what is longer than a message', async () => {
      chat = await start();
      await chat.types('note long', 'delivery-1');
      const words = (await chat.thread()).map(wordsOf).join('\n').replace(/\s+/g, ' ');
      expect(words).toContain('begins and goes on');
      expect(words).toContain('and goes on and ends');
      expect(words.match(/and goes on/g)?.length).toBeGreaterThanOrEqual(2 * 1_500);
    });
  });
}
