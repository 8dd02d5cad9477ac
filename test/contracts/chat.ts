import { afterEach, describe, expect, test } from 'vitest';
import type { Card } from '../../src/chat/card.ts';
import { type Surface, SurfaceFailure } from '../../src/chat/port.ts';

/** A surface under test, and what a person in its channel would read. */
export interface ChatUnderTest {
  readonly surface: Surface;
  readonly channel: string;
  /** Titles in the order in which they stand: of the channel itself, or of one thread. */
  titles(thread: string | null): Promise<readonly string[]>;
  end(): Promise<void>;
}

const card = (title: string): Card => ({
  v: 1,
  title,
  tone: 'neutral',
  status: '',
  body: [{ type: 'text', text: `About ${title}` }],
  actions: [],
  foot: '$0.0187 · 2 calls · 21 s',
});

/** What every surface does, as far as the outbox relies on it (rule S3). */
export function chatContract(name: string, start: () => Promise<ChatUnderTest>): void {
  describe(`${name} is a surface`, () => {
    let chat: ChatUnderTest;
    afterEach(async () => await chat.end());

    test('a post arrives once and is found by its dedupe id at its address', async () => {
      chat = await start();
      const place = { channel: chat.channel, thread: null };
      const address = await chat.surface.post(card('Parent'), place, 'dedupe-1');
      expect(await chat.titles(null)).toEqual(['Parent']);
      expect(await chat.surface.find(place, 'dedupe-1')).toEqual({ found: 'yes', address });
    });

    test('a post into a thread stands in that thread alone, in the order of posting', async () => {
      chat = await start();
      const thread = await chat.surface.post(
        card('Parent'),
        { channel: chat.channel, thread: null },
        'dedupe-1',
      );
      const place = { channel: chat.channel, thread };
      await chat.surface.post(card('First'), place, 'dedupe-2');
      const second = await chat.surface.post(card('Second'), place, 'dedupe-3');
      expect(await chat.titles(null)).toEqual(['Parent']);
      expect(await chat.titles(thread)).toEqual(['First', 'Second']);
      expect(await chat.surface.find(place, 'dedupe-3')).toEqual({ found: 'yes', address: second });
    });

    test('an edit replaces the card where it stands', async () => {
      chat = await start();
      const place = { channel: chat.channel, thread: null };
      const address = await chat.surface.post(card('Before'), place, 'dedupe-1');
      await chat.surface.post(card('Other'), place, 'dedupe-2');
      await chat.surface.edit(card('After'), place, address);
      expect(await chat.titles(null)).toEqual(['After', 'Other']);
    });

    test('a dedupe id that was never sent is not found', async () => {
      chat = await start();
      const found = await chat.surface.find({ channel: chat.channel, thread: null }, 'dedupe-never');
      expect(found.found).toBe('no');
    });

    test('an edit of a message that is not there is refused for good', async () => {
      chat = await start();
      const place = { channel: chat.channel, thread: null };
      const refused = await chat.surface
        .edit(card('After'), place, 'nowhere')
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SurfaceFailure);
      expect(refused).toMatchObject({ sent: 'no', again: false });
    });
  });
}
