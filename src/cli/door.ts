import type { PageDoor } from '../../commands/house.ts';
import { CrewsmithError } from '../errors.ts';
import type { App } from '../main.ts';

/** The way to the page; shut until the page is served. */
export interface Door extends PageDoor {
  open(address: string): void;
}

export function createDoor(app: Pick<App, 'page' | 'config' | 'local'>): Door {
  let at: string | null = null;
  const { url } = app.config;
  return {
    isPublic: url !== null,
    open(address) {
      at = address;
    },
    async link(member) {
      if (at === null) throw new CrewsmithError('page.not-here', {});
      const { path, minutes } = await (await app.page()).signIn.link(member);
      // Who sits here opens it here: as `local` nobody is let in from elsewhere.
      const base = member === app.local.member || url === null ? at : url.replace(/\/$/, '');
      return { url: `${base}${path}`, minutes };
    },
  };
}
