import type { Writing } from '../../commands/house.ts';
import type { TerminalSurface } from '../chat/terminal/surface.ts';
import type { Driver } from '../chat/terminal/wire.ts';

/** What a terminal session works on: the store is this process's own. */
export interface House extends Writing {
  readonly driver: Driver;
  readonly terminal: TerminalSurface;
  /** As whom, and where, the terminal acts (rule G3). */
  readonly local: {
    readonly member: string;
    readonly channel: { readonly id: string; readonly native: string };
  };
  /** Lets this process work on a run too; `npm start` works on all of them anyway (rule Q4). */
  carryOn(run: string): Promise<void>;
  /** Aborts when this process is about to leave: nobody is asked anything here any more. */
  readonly leaving: AbortSignal;
}

/** What watching a run takes of it. */
export type Watched = Pick<
  House,
  'clock' | 'workspace' | 'runs' | 'drafts' | 'local' | 'driver' | 'terminal' | 'carryOn' | 'leaving'
> & { readonly gates: Pick<House['gates'], 'decide'> };
