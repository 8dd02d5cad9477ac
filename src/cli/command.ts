import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { carryOut, type Opened } from '../../commands/carry-out.ts';
import { type Resolved, resolve } from '../../commands/index.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import type { SessionRequest } from '../chat/terminal/wire.ts';
import { systemClock } from '../clock.ts';
import type { LoadedConfig } from '../config.ts';
import { CrewsmithError, isCrewsmithError } from '../errors.ts';
import { exits } from './exit.ts';
import { perform, wantsJson } from './perform.ts';
import { sayError, sayReply } from './say.ts';
import { bareHouse } from './setup.ts';
import { typedHere } from './typed.ts';

/**
 * A command of the tree that every surface shares, from its words to its exit code (rule T1). What is heavy is imported when it
 * is needed: `version` opens nothing, what only looks reads beside the owner, the rest owns the store or asks who does (rule Q4).
 */
export async function runCommand(words: readonly string[], io: TerminalIO): Promise<number> {
  const config = once(async () => (await import('../config.ts')).loadConfig());
  const bare = bareHouse(systemClock(), async () => (await config()).config);
  const resolved = await resolve(words, () => bare.crews(), 'terminal');
  if (resolved.spec.data === 'none') return await atOnce({ can: 'none', house: bare }, resolved, io);
  if (resolved.spec.data === 'read') {
    const exit = await reading(await config(), resolved, io);
    if (exit !== null) return exit;
  }
  const takesFiles = resolved.crew?.input.some(({ type }) => type === 'file') === true;
  const files = takesFiles ? await (await import('./files.ts')).filesTyped(resolved) : [];
  return await working({ words, files, crew: resolved.crew?.name ?? null }, await config(), io);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A command that asks nothing and starts nothing. */
async function atOnce(opened: Opened, resolved: Resolved, io: TerminalIO): Promise<number> {
  const context = {
    surface: 'terminal' as const,
    channel: { id: '', native: 'terminal' },
    thread: null,
    files: [],
    member: '',
    dedupe: '',
    priceAgreed: false,
    typed: typedHere,
    name: 'local',
    asks: null,
    may: () => true,
    sees: () => true,
    tell: (line: string) => io.err(`${line}\n`),
    secret: () =>
      Promise.reject(new CrewsmithError('internal.impossible', { what: 'a secret that nobody needs' })),
  };
  const reply = await carryOut(opened, context, resolved);
  sayReply(reply, io, wantsJson(resolved));
  return reply.exit;
}

/** Null: there is no database yet; opening it to write makes one. */
async function reading(loaded: LoadedConfig, resolved: Resolved, io: TerminalIO): Promise<number | null> {
  const { openReader } = await import('../main.ts');
  try {
    const reader = await openReader(loaded.config);
    try {
      const bare = bareHouse(systemClock(), () => Promise.resolve(loaded.config));
      return await atOnce({ can: 'read', house: { ...reader, ...bare } }, resolved, io);
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (isCrewsmithError(error, 'store.missing')) return null;
    throw error;
  }
}

const betweenLooksMs = 100;
const saidAfterMs = 2_000;

async function working(
  { words, files, crew }: Pick<SessionRequest, 'words' | 'files' | 'crew'>,
  loaded: LoadedConfig,
  io: TerminalIO,
): Promise<number> {
  const { connectToOwner, socketPath } = await import('../chat/terminal/socket.ts');
  const { ownStore } = await import('../store/owner.ts');
  const { home } = loaded.config;
  const dedupe = randomUUID();
  let follow: string | null = null;
  for (let waited = 0; ; waited += betweenLooksMs) {
    const link = await connectToOwner(socketPath(home));
    if (link !== null) {
      const { interactive, live, color, outColor, width, rows } = io;
      const request = { words, files, crew, follow, dedupe, interactive, live, color, outColor, width, rows };
      const end = await link.run(request, io);
      if (end === 'lost') throw new CrewsmithError('session.lost', {});
      if ('exit' in end) return end.exit;
      // What `start` drove it carries on when it is started again; what a terminal drove is taken over here.
      if (link.driver === 'start') {
        sayError(new CrewsmithError('session.left', {}), io, words.includes('--json'));
        return exits.waiting;
      }
      follow = end.left ?? follow;
      continue;
    }
    const owner = ownStore({ home });
    if (owner.owned) {
      const { openOwned } = await import('./own.ts');
      const { createLog } = await import('./log.ts');
      const { house, leave } = await openOwned(owner, loaded, io, {
        driver: 'terminal',
        fetchAllow: [],
        chat: [],
        log: createLog(loaded.config, io),
      });
      try {
        const end = await perform(house, { words, files, crew, follow, dedupe }, io);
        return 'exit' in end ? end.exit : exits.failed;
      } finally {
        await leave();
      }
    }
    // Whoever owns it starts or leaves just now.
    if (waited === saidAfterMs) io.err('Waiting for the process that works on this data …\n');
    await pause(betweenLooksMs);
  }
}
