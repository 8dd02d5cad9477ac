import { IANAZone } from 'luxon';
import type { Clock } from '../clock.ts';
import type { Json } from '../core/json.ts';
import { parseUsd } from '../core/money.ts';
import { nearest } from '../core/nearest.ts';
import { channelWord } from '../core/person-words.ts';
import { CrewsmithError } from '../errors.ts';
import { allChannels, changeStanding } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { allSettings, putSetting } from '../store/settings.ts';
import type { Audit } from './audit.ts';
import { channelMeant } from './channel-words.ts';
import { followSettings } from './digest-schedule.ts';
import type { Standing } from './standing.ts';

export interface WorkspaceSettings {
  /** IANA name. Windows of budgets and the times in digests are of this zone. */
  readonly zone: string;
  /** A run that may cost more than this asks before it starts (rule M3), nano-dollars. */
  readonly askAboveNano: bigint;
  /** Channel id; null: no digest. */
  readonly digestChannel: string | null;
  /** Whether a key may be typed into a form of a chat platform, which carries the text (rule K4). */
  readonly keyForm: boolean;
}

export const settingNames = ['zone', 'ask-above', 'digest-channel', 'key-form'] as const;
export type SettingName = (typeof settingNames)[number];

export interface Settings {
  get(tx: Tx, workspace: string): Promise<WorkspaceSettings>;
  /**
   * `value` as people type it: `Europe/Berlin`, `$5`, a channel or `off`. Throws `settings.unknown`,
   * `settings.zone-unknown`, `settings.on-off`, `money.invalid`, `channel.unknown`, `channel.choice`.
   */
  set(
    tx: Tx,
    change: { workspace: string; actor: string; name: string; value: string },
  ): Promise<WorkspaceSettings>;
}

const defaults = {
  zone: 'UTC',
  'ask-above': '5000000000',
  'digest-channel': null,
  'key-form': 'on',
} as const;

export function createSettings(parts: { clock: Clock; audit: Audit; standing: Standing }): Settings {
  const { clock, audit, standing } = parts;

  async function stored(tx: Tx, workspace: string): Promise<Record<SettingName, string | null>> {
    const rows = await allSettings(tx, workspace);
    const of = (name: SettingName): string | null => {
      const text = rows.get(name);
      return text === undefined ? defaults[name] : (JSON.parse(text) as string | null);
    };
    return {
      zone: of('zone'),
      'ask-above': of('ask-above'),
      'digest-channel': of('digest-channel'),
      'key-form': of('key-form'),
    };
  }

  const typed = (values: Record<SettingName, string | null>): WorkspaceSettings => ({
    zone: values.zone ?? defaults.zone,
    askAboveNano: BigInt(values['ask-above'] ?? defaults['ask-above']),
    digestChannel: values['digest-channel'],
    keyForm: values['key-form'] !== 'off',
  });

  async function checked(
    tx: Tx,
    workspace: string,
    name: SettingName,
    value: string,
  ): Promise<string | null> {
    if (name === 'zone') return zoneNamed(value);
    if (name === 'ask-above') return parseUsd(value).toString();
    if (name === 'key-form') return onOrOff(value);
    return value === 'off' ? null : await channelNamed(tx, workspace, value);
  }

  return {
    get: (tx, workspace) =>
      standing.recall(tx, workspace, 'settings', async () => typed(await stored(tx, workspace))),

    async set(tx, { workspace, actor, name, value }) {
      const known = settingNames.find((n) => n === name);
      if (known === undefined) {
        throw new CrewsmithError('settings.unknown', {
          name,
          nearest: nearest(name, settingNames),
          known: [...settingNames],
        });
      }
      const before = await stored(tx, workspace);
      const next: Json = await checked(tx, workspace, known, value.trim());
      if (next === before[known]) return typed(before);
      await changeStanding(tx, workspace);
      const now = clock.now();
      await putSetting(tx, workspace, known, JSON.stringify(next), now);
      const after = typed({ ...before, [known]: next });
      await followSettings(tx, { workspace, actor, now, zone: after.zone, channel: after.digestChannel });
      await audit.write(tx, {
        workspace,
        actor,
        action: 'settings.set',
        target: known,
        before: before[known],
        after: next,
      });
      return after;
    },
  };
}

function onOrOff(value: string): string {
  const word = value.toLowerCase();
  if (word === 'on' || word === 'off') return word;
  throw new CrewsmithError('settings.on-off', { value });
}

/** `#sales`, a mention of it, its id, or its name alone. */
async function channelNamed(tx: Tx, workspace: string, typed: string): Promise<string> {
  const channels = await allChannels(tx, workspace);
  const own = channels.find(({ id }) => id === typed);
  if (own !== undefined) return own.id;
  return channelMeant(channels, channelWord(typed) === null ? `#${typed}` : typed, null).id;
}

function zoneNamed(word: string): string {
  if (IANAZone.isValidZone(word)) return canonicalZone(word);
  const zones = Intl.supportedValuesOf('timeZone');
  const wanted = word.toLowerCase().replaceAll(' ', '_');
  const city = zones.filter((zone) => zone.toLowerCase().endsWith(`/${wanted}`));
  throw new CrewsmithError('settings.zone-unknown', {
    zone: word,
    nearest: city.length > 0 ? city.slice(0, 3) : nearest(word, zones),
  });
}

/** As the zone is written: `europe/berlin` is valid, too. */
const canonicalZone = (zone: string): string =>
  Intl.supportedValuesOf('timeZone').find((known) => known.toLowerCase() === zone.toLowerCase()) ?? zone;
