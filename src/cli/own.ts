import type { ChatSurface, Desk, HttpDoor } from '../chat/port.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import { serveSessions, socketPath } from '../chat/terminal/socket.ts';
import { createTerminalSurface } from '../chat/terminal/surface.ts';
import type { Driver } from '../chat/terminal/wire.ts';
import type { LoadedConfig } from '../config.ts';
import type { App, Log } from '../main.ts';
import type { Ownership } from '../store/owner.ts';
import { createDoor, type Door } from './door.ts';
import type { House } from './house.ts';
import { bareHouse } from './setup.ts';

export interface Owned {
  readonly app: App;
  readonly house: House;
  /** What surfaces hand on to, the same for all of them. */
  desk(): Promise<Desk>;
  readonly door: Door;
  /** Ways in of platforms, for whoever serves HTTP. */
  readonly doors: readonly HttpDoor[];
  /** Takes no more commands, waits for those of other terminals, then closes everything and gives the store back. */
  leave(): Promise<void>;
}

/** Opens everything on a store that this process owns, and serves the commands of other processes (rule Q4). */
export async function openOwned(
  owner: Extract<Ownership, { owned: true }>,
  loaded: LoadedConfig,
  io: TerminalIO,
  options: {
    driver: Driver;
    fetchAllow: readonly string[];
    /** Where people talk, beside the terminal. */
    chat: readonly ChatSurface[];
    log: Log;
  },
): Promise<Owned> {
  const { config } = loaded;
  const leaving = new AbortController();
  let app: App | undefined;
  try {
    const { openApp } = await import('../main.ts');
    const terminal = createTerminalSurface();
    app = await openApp(config, {
      surfaces: [terminal, ...options.chat],
      fetchAllow: options.fetchAllow,
      log: options.log,
    });
    loaded.forgetSecrets();
    for (const line of app.said) io.err(`${line}\n`);
    // Among its own lines `start` says this itself.
    if (app.madeMasterKey && options.driver === 'terminal') {
      io.err(
        `A master key was made in ${config.home}. Keep a copy apart from the database: without it no stored key opens.\n`,
      );
    }
    const opened = app;
    const door = createDoor(app);
    const bare = bareHouse(app.clock, () => Promise.resolve(config));
    const house: House = {
      ...app,
      ...bare,
      driver: options.driver,
      terminal,
      page: door,
      async setup() {
        const setup = await bare.setup();
        const wrong = await Promise.all(options.chat.map((surface) => surface.check()));
        return { ...setup, warnings: [...setup.warnings, ...wrong.flat()] };
      },
      leaving: leaving.signal,
      async carryOn(run) {
        if (options.driver === 'terminal') await opened.start({ only: run });
      },
    };
    const server = await serveSessions({
      path: socketPath(config.home),
      driver: options.driver,
      async serve(request, remote) {
        const { perform } = await import('./perform.ts');
        return await perform(house, request, remote);
      },
    });
    async function openDesk(): Promise<Desk> {
      const { createDesk } = await import('../../commands/desk.ts');
      const made = createDesk({ house, log: opened.log });
      await made.takeUp();
      return made;
    }
    let sameDesk: Promise<Desk> | undefined;
    // One for all: what the first surface brings is not left over from before, and must not be taken up for the second.
    const desk = () => {
      sameDesk ??= openDesk();
      return sameDesk;
    };
    for (const surface of options.chat) await surface.listen(await desk(), app.teams, app.memory);
    return {
      app,
      house,
      desk,
      door,
      doors: options.chat.flatMap(({ http }) => http ?? []),
      async leave() {
        leaving.abort();
        if (options.driver === 'terminal' && server.sessions() > 0) {
          io.err(
            'Another terminal works through this one; this one stays until that is at rest. Ctrl-C leaves at once.\n',
          );
        }
        await Promise.all(options.chat.map((surface) => surface.close()));
        await server.close();
        await opened.stop();
        owner.release();
      },
    };
  } catch (error) {
    await app?.stop();
    owner.release();
    throw error;
  }
}
