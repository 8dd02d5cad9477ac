import type { GivenFile, SharedFile, Surface, SurfaceName } from '../chat/port.ts';
import type { Crew, InputField } from '../core/crew.ts';
import { inertLine } from '../core/inert.ts';
import { asFile, type Given, mustBeGiven, type Named, normalizeInputs } from '../core/input.ts';
import { fileBytesMost, placeFiles } from '../core/input-file.ts';
import type { Json } from '../core/json.ts';
import { refuseKeys } from '../core/pasted-key.ts';
import { channelWord, mentioned, peopleMeant } from '../core/person-words.ts';
import { CrewsmithError, isCrewsmithError } from '../errors.ts';
import { accountsOf, allAccounts, allChannels, allMembers, type Channel } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Tool } from '../tools/port.ts';
import { channelMeant } from './channel-words.ts';
import { besidePrompt } from './runs/situation.ts';

/** Somebody asks for a run with this. */
export interface GivenInputs {
  readonly workspace: string;
  readonly surface: SurfaceName;
  /** Id of the channel in which they typed. */
  readonly channel: string;
  /** Who typed. */
  readonly member: string;
  readonly crew: Crew;
  /** By the names of the inputs. */
  readonly typed: Readonly<Record<string, string>>;
  readonly files: readonly GivenFile[];
}

/** Whoever and whatever can be chosen; `value` is read as if it was typed. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface Inputs {
  /**
   * What was given, as a run keeps it: people and channels looked up, files read. Throws `input.missing`, `input.unknown`,
   * `input.invalid`, `file.unread`, and `key.typed` for a file that seems to hold a key (rule K4).
   */
  read(given: GivenInputs): Promise<Record<string, Json>>;
  /**
   * For the form that asks for what is missing: who and what can be chosen, by the type of the input, and what was typed as that
   * list and the surface's own name it. What is not known stays as it was typed.
   */
  forForm(given: Asking): Promise<FormChoices>;
}

export interface Asking extends Omit<GivenInputs, 'files' | 'member'> {
  /** They see what is in every channel. Nobody else is told what channels of other surfaces are called. */
  readonly seesAll: boolean;
}

export interface FormChoices {
  readonly user: readonly Choice[];
  readonly channel: readonly Choice[];
  readonly typed: Readonly<Record<string, string>>;
}

const nameMost = 80;
const choicesMost = 100;
/** What is shorter is within what any step takes, beside its own words. */
const shortMost = 500;

export function createInputs(parts: {
  store: Store;
  surfaces: ReadonlyMap<SurfaceName, Surface>;
  tools: ReadonlyMap<string, Tool>;
}): Inputs {
  const { store, surfaces, tools } = parts;

  /** Whom or what the surface knows though they were never seen here. */
  async function fromSurface(
    { workspace, surface, member }: GivenInputs,
    native: string,
    what: { readonly person: string } | { readonly channel: string },
  ): Promise<Named | null> {
    const own = await store.read((tx) => accountsOf(tx, workspace, member));
    const asker = own.find((account) => account.surface === surface);
    if (asker === undefined) return null;
    const name = (await surfaces.get(surface)?.nameOf(what, asker.native)) ?? null;
    return name === null ? null : { id: `${surface}:${native}`, name: named(name) };
  }

  /** Words that name nobody stay words, and are refused as such. */
  async function person(given: GivenInputs, field: InputField, words: string): Promise<Given> {
    const { workspace, surface } = given;
    const people = await store.read((tx) => peopleIn(tx, workspace));
    const found = peopleMeant(people, words, surface);
    const here = found.filter(({ active }) => active);
    const [one, ...more] = here.length > 0 ? here : found;
    if (more.length > 0) {
      const why = `several people are called "${inertLine(words).slice(0, 60)}"; mention the one you mean`;
      throw new CrewsmithError('input.invalid', { field: field.name, why });
    }
    if (one !== undefined) return { id: one.memberId, name: named(one.name) };
    const native = mentioned(words);
    return native === null ? words : ((await fromSurface(given, native, { person: native })) ?? words);
  }

  async function channel(given: GivenInputs, words: string): Promise<Given> {
    const { workspace } = given;
    const channels = (await store.read((tx) => allChannels(tx, workspace))).filter((c) => c.direct === 0);
    const word = asChannel(words);
    try {
      const { id, name } = channelMeant(channels, word, given);
      return { id, name: named(name) };
    } catch (error) {
      if (!isCrewsmithError(error, 'channel.unknown')) throw error;
      const meant = channelWord(word);
      if (meant?.by !== 'native') return words;
      return (await fromSurface(given, meant.word, { channel: meant.word })) ?? words;
    }
  }

  async function bytesOf(given: GivenInputs, file: GivenFile): Promise<Uint8Array> {
    if ('bytes' in file.from) return file.from.bytes;
    const surface = surfaces.get(given.surface);
    if (surface === undefined)
      throw new CrewsmithError('internal.impossible', { what: `a file of ${given.surface}, which is off` });
    return await surface.fetchFile(file as SharedFile, fileBytesMost);
  }

  async function givenFor(
    given: GivenInputs,
    field: InputField,
    file: GivenFile | undefined,
  ): Promise<Given> {
    if (file !== undefined) return { name: file.name, bytes: await bytesOf(given, file) };
    const words = (given.typed[field.name] ?? '').trim();
    if (words === '') return '';
    if (field.type === 'user') return await person(given, field, words);
    return field.type === 'channel' ? await channel(given, words) : words;
  }

  return {
    async read(given) {
      const { crew, typed, files } = given;
      const { placed } = placeFiles(crew, files);
      mustBeGiven(crew, { ...typed, ...Object.fromEntries(placed) });
      const values: Record<string, Given> = {};
      for (const field of crew.input)
        values[field.name] = await givenFor(given, field, placed.get(field.name));
      const input = normalizeInputs(crew, values);
      refuseKeys([...placed.keys()].map((name) => asFile(input[name] ?? null).text));
      if (JSON.stringify(input).length > shortMost) {
        const { mustFit } = await import('../core/input-room.ts');
        mustFit(crew, input, besidePrompt(tools, crew));
      }
      return input;
    },

    forForm: (given) =>
      store.read(async (tx) => {
        const { workspace, surface, crew } = given;
        const people = await peopleIn(tx, workspace);
        const channels = (await allChannels(tx, workspace)).filter(
          (c) => c.direct === 0 && (c.surface === surface || (given.seesAll && c.surface !== 'terminal')),
        );
        const own = channels.filter((c) => c.surface === surface);
        const elsewhere = channels.filter((c) => c.surface !== surface);
        const typed = Object.entries(given.typed).map(([name, words]) => {
          const type = crew.input.find((field) => field.name === name)?.type;
          if (type === 'user') {
            const [one, ...more] = peopleMeant(people, words, surface);
            return [name, one === undefined || more.length > 0 ? words : personValue(one, surface)];
          }
          const one = type === 'channel' ? channelTyped(channels, words, given) : null;
          return [name, one === null ? words : channelValue(one, surface)];
        });
        return {
          typed: Object.fromEntries(typed),
          user: people
            .filter(({ active }) => active)
            .slice(0, choicesMost)
            .map((one) => ({ value: personValue(one, surface), label: named(one.name) })),
          channel: [...own, ...elsewhere].slice(0, choicesMost).map((one) => ({
            value: channelValue(one, surface),
            label: `#${named(one.name)}${one.surface === surface ? '' : ` (${one.surface})`}`,
          })),
        };
      }),
  };
}

/** As the surface mentions them, where they have an account there. */
function personValue(
  { memberId, accounts }: Awaited<ReturnType<typeof peopleIn>>[number],
  surface: string,
): string {
  const native =
    accounts
      .find((account) => account.surface === surface)
      ?.native.split(':')
      .at(-1) ?? '';
  return /^\w+$/.test(native) ? `<@${native}>` : memberId;
}

const channelValue = ({ id, native, surface: its }: Channel, surface: string): string =>
  its === surface && /^[A-Za-z0-9]+$/.test(native) ? `<#${native}>` : `channel:${id}`;

/** null: none is called so, or several are. */
function channelTyped(
  channels: readonly Channel[],
  words: string,
  typing: Parameters<typeof channelMeant>[2],
): Channel | null {
  try {
    return channelMeant(channels, asChannel(words), typing);
  } catch (error) {
    if (error instanceof CrewsmithError) return null;
    throw error;
  }
}

/** In a shell a word that begins with # would be a comment. */
const asChannel = (words: string): string => (channelWord(words) === null ? `#${words}` : words);

const named = (name: string) => inertLine(name).slice(0, nameMost).toWellFormed();

/** Everybody, those who left included; who was merged into another is that other. */
async function peopleIn(tx: Tx, workspace: string) {
  const accounts = await allAccounts(tx, workspace);
  const members = (await allMembers(tx, workspace)).filter(({ merged_into }) => merged_into === null);
  return members.map(({ id, name, removed_at }) => ({
    memberId: id,
    name,
    active: removed_at === null,
    accounts: accounts.filter((account) => account.member_id === id),
  }));
}
