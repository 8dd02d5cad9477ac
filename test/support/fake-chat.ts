import { createDesk } from '../../commands/desk.ts';
import type { Setup, Writing } from '../../commands/house.ts';
import type { Card } from '../../src/chat/card.ts';
import type { Form, FormOutcome } from '../../src/chat/form.ts';
import type { Answer, GivenFile, Sender, SharedFile, Spot } from '../../src/chat/port.ts';
import type { Press } from '../../src/chat/press.ts';
import { drawCard } from '../../src/chat/terminal/draw.ts';
import type { Role } from '../../src/core/access.ts';
import type { Crew } from '../../src/core/crew.ts';
import { nearest } from '../../src/core/nearest.ts';
import { CrewsmithError } from '../../src/errors.ts';
import { createCrewCheck } from '../../src/services/crew-check.ts';
import { createDrafts } from '../../src/services/drafts.ts';
import { createOverviews } from '../../src/services/overview.ts';
import { createRuns } from '../../src/services/runs/load.ts';
import { createSpend } from '../../src/services/spend.ts';
import { createVerify } from '../../src/services/verify.ts';
import type { House } from './house.ts';

/** A person on a stand-in for a chat platform, and what they alone were told. */
export interface FakePerson {
  readonly sender: Sender;
  /** Has this role from now on, in the whole workspace. */
  becomes(role: Role | null): Promise<void>;
  /** Types after `/crew`. The same `dedupe` is the same delivery again. */
  types(
    text: string,
    more?: { dedupe?: string; spot?: Partial<Spot>; files?: readonly SharedFile[] },
  ): Promise<void>;
  presses(press: Press, more?: { dedupe?: string; spot?: Partial<Spot> }): Promise<void>;
  /** Sends the form that was opened last, with these values in the place of what stood in it. */
  sends(
    values: Readonly<Record<string, string>>,
    more?: { dedupe?: string; form?: Form; files?: readonly GivenFile[] },
  ): Promise<FormOutcome>;
  /** The private cards so far, in order. */
  readonly told: readonly Card[];
  readonly forms: readonly Form[];
}

export interface FakeChat {
  readonly desk: ReturnType<typeof createDesk>;
  person(name: string, more?: Partial<Sender>): FakePerson;
  /** What was not foreseen. */
  readonly errors: readonly unknown[];
}

const spot: Spot = { channel: 'sales', channelName: 'sales', thread: null, direct: false };

const setup: Setup = {
  home: 'here',
  database: 'sqlite',
  masterKey: 'CREWSMITH_MASTER_KEY',
  fetchAllow: [],
  baseUrls: { openai: null, anthropic: null },
  crewsFolder: null,
  surfaces: [],
  warnings: [],
};

/** What commands work with, over the services of a test's house and with these crews. */
function writingOf({ services, store, clock, budgets }: House, crews: readonly Crew[]): Writing {
  const known = crews.map((crew) => crew.name);
  return {
    ...services,
    store,
    clock,
    budgets,
    workspace: services.home.workspace,
    drafts: createDrafts({ store, runs: createRuns({ clock }) }),
    spend: createSpend({ ...services, store, clock }),
    overviews: createOverviews({ ...services, store, clock }),
    verify: createVerify({ store, audit: services.audit }),
    crews: async () => ({
      list: () => crews,
      find(name) {
        const found = crews.find((crew) => crew.name === name);
        if (found === undefined)
          throw new CrewsmithError('crew.unknown', { name, nearest: nearest(name, known), known });
        return found;
      },
      files: crews.map((crew) => ({
        name: crew.name,
        crew,
        file: `${crew.name}.yaml`,
        problems: [],
        own: true,
      })),
      said: [],
    }),
    crewCheck: async () => createCrewCheck({ folders: [] }),
    setup: async () => setup,
    page: {
      isPublic: false,
      link: () => Promise.reject(new CrewsmithError('page.not-here', {})),
    },
  };
}

/** People who talk to the desk of a test's house; what everybody sees stands in the house's recorder. */
export function createFakeChat(house: House, crews: readonly Crew[]): FakeChat {
  const errors: unknown[] = [];
  const desk = createDesk({
    house: writingOf(house, crews),
    log: { error: (detail) => errors.push(detail) },
  });
  let count = 0;

  function person(name: string, more: Partial<Sender> = {}): FakePerson {
    const told: Card[] = [];
    const forms: Form[] = [];
    const sender: Sender = {
      surface: 'web',
      team: 'local',
      native: name.toLowerCase(),
      name,
      standing: 'member',
      teamRoles: [],
      ...more,
    };
    const answer: Answer = {
      private: async (card) => void told.push(card),
      form: async (form) => void forms.push(form),
    };
    const incoming = (given: { dedupe?: string; spot?: Partial<Spot> }) => ({
      sender,
      spot: { ...spot, ...given.spot },
      dedupe: given.dedupe ?? `did-${++count}`,
    });
    return {
      sender,
      told,
      forms,
      async becomes(role) {
        const { people, home } = house.services;
        await desk.command(
          { ...incoming({}), text: 'version', files: [] },
          { ...answer, private: async () => {} },
        );
        const accounts = await house.rows('accounts');
        const own = accounts.find((a) => a.surface === sender.surface && a.native === sender.native);
        const change = { workspace: home.workspace, actor: 'system', member: own?.member_id ?? '' };
        await house.store.transact((tx) => people.setRole(tx, { ...change, channel: '', role }));
      },
      async types(text, given = {}) {
        await desk.command({ ...incoming(given), text, files: given.files ?? [] }, answer);
        await house.rest();
      },
      async presses(press, given = {}) {
        await desk.press({ ...incoming(given), press }, answer);
        await house.rest();
      },
      async sends(values, given = {}) {
        const form = given.form ?? forms.at(-1);
        if (form === undefined) throw new Error('no form was opened');
        const standing = Object.fromEntries(form.fields.map((field) => [field.name, field.value]));
        const submitted = {
          ...{ ...incoming(given), form: form.ref, values: { ...standing, ...values } },
          files: given.files ?? [],
        };
        const outcome = await desk.submit(submitted, answer);
        await house.rest();
        return outcome;
      },
    };
  }

  return { desk, person, errors };
}

/** The button of a card with this label. */
export function button(card: Card | undefined, label: string): Press {
  const found = card?.actions.find((action) => action.label.startsWith(label));
  if (found === undefined) throw new Error(`"${card?.title}" has no button ${label}`);
  return found.press;
}

/** All words of a card, as a person reads them. */
export const wordsOf = (card: Card | undefined): string =>
  card === undefined ? '' : drawCard(card, { color: false, width: 400 });
