import type { Surface, SurfaceName } from '../chat/port.ts';
import { CrewsmithError } from '../errors.ts';

/** Where what comes of a command would stand. */
export interface Places {
  /** Before a run is paid that nobody would see. Throws `place.closed`. */
  mustTakeCards(where: {
    readonly surface: SurfaceName;
    readonly channel: string;
    readonly asker: string;
  }): Promise<void>;
}

export function createPlaces({ surfaces }: { surfaces: ReadonlyMap<SurfaceName, Surface> }): Places {
  return {
    async mustTakeCards({ surface, channel, asker }) {
      if ((await surfaces.get(surface)?.isClosed(asker, channel)) === true)
        throw new CrewsmithError('place.closed', {});
    },
  };
}
