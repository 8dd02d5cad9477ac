import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Card } from '../../src/chat/card.ts';
import { type ChatSurface, nothingElsewhere, type SurfaceName } from '../../src/chat/port.ts';
import { openOwned } from '../../src/cli/own.ts';
import { readConfig } from '../../src/config.ts';
import { ownStore } from '../../src/store/owner.ts';
import { createFakeTerminal } from '../support/fake-terminal.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'crewsmith-'));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

/** A platform on which `begins` is what people do as soon as they can. */
function surfaceOf(name: SurfaceName, listen: ChatSurface['listen']): ChatSurface {
  return {
    ...nothingElsewhere,
    name,
    editEveryMs: 0,
    post: (_card, _place, dedupe) => Promise.resolve(dedupe),
    edit: () => Promise.resolve(),
    find: () => Promise.resolve({ found: 'no' }),
    sees: () => Promise.resolve(false),
    listen,
    http: null,
    check: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

test('a command that comes from the first platform while the second is connected is done once', async () => {
  const asked = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const cards: Card[] = [];
  let done: Promise<void> = Promise.resolve();
  const slack = surfaceOf('slack', async (desk, teams) => {
    await teams.connected('slack', { id: 'T1', name: 'Acme' });
    const sender = { team: 'T1', native: 'T1:U1', name: 'Ana', standing: 'member', teamRoles: [] } as const;
    const spot = { channel: 'C1', channelName: 'sales', thread: null, direct: false };
    done = desk.command(
      { sender: { surface: 'slack', ...sender }, spot, dedupe: 'once', text: 'version', files: [] },
      {
        async private(card) {
          cards.push(card);
          asked.resolve();
          // Slack takes its time, and meanwhile the command is not done.
          await told.promise;
        },
        form: () => Promise.resolve(),
      },
    );
    await asked.promise;
  });
  const discord = surfaceOf('discord', () => Promise.resolve());
  const config = readConfig({ CREWSMITH_HOME: home }, home);
  const owner = ownStore({ home: config.home });
  if (!owner.owned) throw new Error('somebody owns a folder that was made just now');
  const log = { warn: () => {}, error: () => {} };
  const owned = await openOwned(
    owner,
    { config, byNpm: false, forgetSecrets: () => {} },
    createFakeTerminal(),
    {
      ...{ driver: 'start', fetchAllow: [], chat: [slack, discord], log },
    },
  );
  told.resolve();
  await done;
  const { waiting } = await owned.app.outbox.state(owned.app.workspace);
  await owned.leave();
  expect(cards.map(({ title }) => title)).toEqual([expect.stringMatching(/^Crewsmith /)]);
  // Done anew, it would be answered once more by a message of its own.
  expect(waiting).toBe(0);
});
