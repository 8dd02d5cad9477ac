import type { Clock } from '../src/clock.ts';
import type { Access } from '../src/services/access.ts';
import type { BudgetAdmin } from '../src/services/budget-admin.ts';
import type { Claims } from '../src/services/claims.ts';
import type { CrewCheck } from '../src/services/crew-check.ts';
import type { Crews } from '../src/services/crews.ts';
import type { Digests } from '../src/services/digests.ts';
import type { Drafts } from '../src/services/drafts.ts';
import type { Gates } from '../src/services/gates.ts';
import type { Inputs } from '../src/services/inputs.ts';
import type { KeyLinks } from '../src/services/key-links.ts';
import type { KeyReport } from '../src/services/key-report.ts';
import type { KeyTouch } from '../src/services/key-touch.ts';
import type { Keys } from '../src/services/keys.ts';
import type { Linking } from '../src/services/linking.ts';
import type { MasterRotation } from '../src/services/master-rotation.ts';
import type { Outbox } from '../src/services/outbox.ts';
import type { Overviews } from '../src/services/overview.ts';
import type { People } from '../src/services/people.ts';
import type { Places } from '../src/services/places.ts';
import type { RunService } from '../src/services/runs/index.ts';
import type { Settings } from '../src/services/settings.ts';
import type { Spend } from '../src/services/spend.ts';
import type { Verify } from '../src/services/verify.ts';
import type { Visits } from '../src/services/visits.ts';
import type { Store } from '../src/store/port.ts';

/** What commands work with that need no database. */
export interface Bare {
  readonly clock: Clock;
  /** Read when they are first asked for. */
  crews(): Promise<Crews>;
  crewCheck(): Promise<CrewCheck>;
  setup(): Promise<Setup>;
}

/** What the environment says, without a secret, as `doctor` tells it. */
export interface Setup {
  readonly home: string;
  readonly database: 'sqlite' | 'postgres';
  readonly masterKey: string;
  readonly fetchAllow: readonly string[];
  /** Other addresses of providers, by name. */
  readonly baseUrls: Readonly<Record<string, string | null>>;
  readonly crewsFolder: string | null;
  /** What chat there is, and what would turn it on. */
  readonly surfaces: readonly { readonly name: string; readonly on: boolean; readonly says: string }[];
  readonly warnings: readonly string[];
}

/** A database opened for reading (rule Q4). */
export interface Reading extends Bare {
  readonly workspace: string;
  readonly runs: Pick<RunService, 'view' | 'list' | 'whereabouts'>;
  readonly drafts: Drafts;
  readonly spend: Spend;
  readonly overviews: Overviews;
  readonly verify: Verify;
}

/** The database of the process that owns it. */
export interface Writing extends Reading {
  readonly store: Store;
  readonly runs: RunService;
  readonly gates: Pick<Gates, 'decide' | 'look' | 'waitingFor' | 'runOf'>;
  readonly keys: Pick<Keys, 'list' | 'find' | 'check' | 'add' | 'rotate' | 'revoke' | 'test'>;
  keyLinks(): Promise<KeyLinks>;
  keyTouch(): Promise<KeyTouch>;
  masterRotation(): Promise<MasterRotation>;
  /** What `keys` shows of a workspace. */
  readonly keyReport: (workspace: string) => Promise<KeyReport>;
  readonly settings: Settings;
  readonly budgets: BudgetAdmin;
  readonly people: Pick<People, 'mustBe' | 'roleOf'>;
  readonly access: Access;
  readonly inputs: Inputs;
  readonly places: Places;
  readonly claims: Claims;
  linking(): Promise<Linking>;
  readonly visits: Visits;
  readonly outbox: Pick<Outbox, 'state'>;
  readonly digests: Pick<Digests, 'sendNow' | 'ofLastWeek' | 'state'>;
  readonly page: PageDoor;
}

/** The way to the page in a browser (rule K10). */
export interface PageDoor {
  /** It has an address that others reach. */
  readonly isPublic: boolean;
  /** Throws `page.not-here` where no page is served. */
  link(member: string): Promise<{ readonly url: string; readonly minutes: number }>;
}
