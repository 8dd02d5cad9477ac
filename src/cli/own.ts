import type { ChatSurface } from '../chat/port.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import { serveSessions, socketPath } from '../chat/terminal/socket.ts';
import { createTerminalSurface } from '../chat/terminal/surface.ts';
import type { Driver } from '../chat/terminal/wire.ts';
import type { LoadedConfig } from '../config.ts';
import type { App } from '../main.ts';
import type { Ownership } from '../store/owner.ts';
import type { House } from './house.ts';
import { perform } from './perform.ts';
import { bareHouse } from './setup.ts';

export interface Owned {
  readonly app: App;
  readonly house: House;
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
    });
    loaded.forgetSecrets();
    for (const line of app.said) io.err(`${line}\n`);
    const opened = app;
    const house: House = {
      ...app,
      ...bareHouse(app.clock, () => Promise.resolve(config)),
      driver: options.driver,
      terminal,
      leaving: leaving.signal,
      async carryOn(run) {
        if (options.driver === 'terminal') await opened.start({ only: run });
      },
    };
    const server = await serveSessions({
      path: socketPath(config.home),
      driver: options.driver,
      serve: (request, remote) => perform(house, request, remote),
    });
    if (options.chat.length > 0) {
      const { createDesk } = await import('../../commands/desk.ts');
      const desk = createDesk({ house, log: app.log });
      for (const surface of options.chat) await surface.listen(desk);
    }
    return {
      app,
      house,
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
