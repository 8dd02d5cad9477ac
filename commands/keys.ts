import type { CardAction } from '../src/chat/card.ts';
import { keyName, type NamedKey } from '../src/core/key-words.ts';
import { formatUsd, toJsonNano } from '../src/core/money.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { KeyHealth } from '../src/providers/port.ts';
import type { KeyLine } from '../src/services/key-report.ts';
import { isOld, type KeyView } from '../src/services/key-rows.ts';
import { answer, arg, asJson, duration, fields, flag, json, reply, text } from './cards.ts';
import { choose, chooseKey, typedElsewhere } from './key-form.ts';
import { revoke } from './key-revoke.ts';
import type { CommandSpec } from './port.ts';

const list: CommandSpec = {
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  data: 'write',
  name: 'keys',
  summary: 'The keys of this workspace and how they do.',
  reply: 'private',
  args: [],
  flags: [json],
  async run({ house, typed, asks }) {
    const now = house.clock.now();
    const { workspace, zone, lines } = await house.keyReport(house.workspace);
    const care = lines.filter(({ key }) => key.health === 'failing' || isOld(key, now)).length;
    const status = `${lines.length} active${care > 0 ? ` · ${care} ${care === 1 ? 'needs' : 'need'} care` : ''}`;
    const body =
      lines.length === 0
        ? [text(`There is no key here. Add one: ${typed('keys add openai')}`)]
        : [fields(lines.map((line) => [keyName(line.key), keyLine(line, now, zone)] as const))];
    const title = workspace === 'default' ? 'Keys' : `Keys of ${workspace}`;
    const data = lines.map(({ key, spentNano, addedBy }) =>
      asJson({ ...key, spentNano: toJsonNano(spentNano), addedBy }),
    );
    return reply(answer(title, body, { status, actions: asks === null ? [] : listActions(lines.length) }), {
      keys: data,
    });
  },
};

const say = (label: string, words: string): CardAction => ({
  label,
  style: 'plain',
  press: { do: 'say', words },
});

const listActions = (keys: number): readonly CardAction[] => [
  say('Add', 'keys add'),
  ...(keys === 0
    ? []
    : [say('Rotate', 'keys rotate'), say('Revoke', 'keys revoke'), say('Test all', 'keys test')]),
];

function keyLine({ key, spentNano, addedBy }: KeyLine, now: number, zone: string): string {
  const failing = key.health === 'failing';
  return [
    failing
      ? `failing since ${timeOf(key.healthAt ?? now, now, zone)}: ${key.healthSays ?? 'refused'}`
      : key.health,
    `${formatUsd(spentNano)} this month`,
    key.baseUrl === null ? '' : `at ${key.baseUrl}`,
    key.lastUsedAt === null ? 'never used' : `used ${duration(now - key.lastUsedAt)} ago`,
    `${duration(now - key.versionSince)} old${isOld(key, now) ? ' ⚠ rotate it' : ''}`,
    key.origin === 'environment' ? 'from the environment' : '',
    failing && addedBy !== null
      ? `ask ${addedBy}, who added it`
      : addedBy === null
        ? ''
        : `added by ${addedBy}`,
    key.draining.length > 0 ? 'the one before is used by calls under way' : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** `9:12`, and before today the day, too. */
function timeOf(at: number, now: number, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', minute: '2-digit' }).format(at);
  return day.format(at) === day.format(now) ? time : `${day.format(at)} ${time}`;
}

const add: CommandSpec = {
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  data: 'write',
  name: 'keys add',
  summary:
    'Adds a key: from standard input, and in chat by a link or a form; it is checked by a call that costs nothing.',
  reply: 'form',
  args: [arg('provider', 'whose key it is, like openai', { required: false })],
  flags: [
    flag('label', 'WORD', 'What you call it.'),
    flag('environment', 'WORD', 'Where it is used: production unless said otherwise.'),
    flag('base-url', 'ADDRESS', 'Another address of the provider; else the one of the settings.'),
    json,
  ],
  async run(context, values) {
    const { house, member, secret, typed, asks } = context;
    const { baseUrls } = await house.setup();
    if (values.arg('provider') === null && asks !== null) {
      const known = Object.keys(baseUrls).filter((name) => name !== 'compatible');
      return choose(
        'Whose key is it?',
        known.map((name) => ({ label: name, words: `keys add ${name}` })),
      );
    }
    const provider = values.given('provider');
    const asked = {
      provider,
      label: values.flag('label'),
      environment: values.flag('environment') ?? 'production',
      baseUrl: values.flag('base-url') ?? baseUrls[provider] ?? null,
    };
    // Before anybody types a secret.
    house.keys.check(asked);
    if (secret === null) return await typedElsewhere(context, { do: 'add', ...asked }, provider);
    const key = await house.keys.add({
      ...{ workspace: house.workspace, actor: member, scope: {}, ...asked },
      secret: await secret(`Key of ${provider} (not shown)`),
    });
    await house.runs.wake(house.workspace, 'key');
    return reply(
      answer(`Added ${keyName(key)}`, [text(healthLine(key, typed(`keys test ${key.label}`)))], {
        tone: 'good',
      }),
      asJson(key),
    );
  },
};

/** Rule K4. */
const nowhere = (words: string): never => {
  throw new CrewsmithError('key.elsewhere', { command: `keys rotate ${words}` });
};

const healthLine = (key: KeyView, testIt: string): string =>
  key.health === 'healthy'
    ? 'It works. Runs that waited for a key go on.'
    : `It could not be checked: ${key.healthSays ?? 'no answer'} Try: ${testIt}`;

const rotate: CommandSpec = {
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  data: 'write',
  name: 'keys rotate',
  summary: 'Replaces the secret of a key, typed like a new one; calls under way end on the one before.',
  reply: 'form',
  args: [arg('key', 'its label, its provider or its id', { required: false, rest: true })],
  flags: [json],
  async run(context, values) {
    const { house, member, secret, asks } = context;
    const { workspace } = house;
    const typed = values.arg('key');
    const meant = await house.store.read((tx) =>
      typed === null ? house.keys.list(tx, workspace) : house.keys.find(tx, workspace, typed),
    );
    const [only] = meant;
    if (asks !== null && only !== undefined && (typed === null || meant.length > 1))
      return chooseKey('Replace which key?', 'keys rotate', meant);
    const words = values.given('key');
    if (secret === null && only !== undefined)
      return await typedElsewhere(context, { do: 'rotate', key: only.id }, keyName(only));
    const key = await house.keys.rotate({
      ...{ workspace, actor: member, words },
      secret: await (secret ?? nowhere(words))(`New key for ${words} (not shown)`),
    });
    await house.runs.wake(house.workspace, 'key');
    const body = [
      text('New calls use it from now on. Revoke the one before at the provider when its calls have ended.'),
    ];
    return reply(answer(`Rotated ${keyName(key)}`, body, { tone: 'good' }), asJson(key));
  },
};

const test: CommandSpec = {
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  data: 'write',
  name: 'keys test',
  summary: 'Asks the providers whether keys work; it costs nothing. All of them, or those that you name.',
  reply: 'private',
  args: [arg('key', 'its label, its provider or its id', { required: false, rest: true })],
  flags: [json],
  async run({ house, member, typed }, values) {
    const request = { workspace: house.workspace, actor: member, words: values.arg('key') ?? '' };
    const told = await house.keys.test(request);
    if (told.some(({ health }) => health.state === 'healthy')) await house.runs.wake(house.workspace, 'key');
    if (told.length === 0) {
      const none = text(`There is no key here. Add one: ${typed('keys add openai')}`);
      return reply(answer('No key to test', [none]), { keys: [] });
    }
    const failing = told.some(({ health }) => health.state === 'failing');
    const body = [fields(told.map(({ key, health }) => [keyName(key), tested(health)] as const))];
    const data = { keys: told.map(({ key, health }) => asJson({ ...named(key), health })) };
    return reply(answer('Keys tested', body, { tone: failing ? 'bad' : 'good' }), data, failing ? 1 : 0);
  },
};

const tested = (health: KeyHealth): string =>
  health.state === 'healthy'
    ? 'works'
    : health.state === 'failing'
      ? `refused (${health.status}): ${health.says}`
      : `not known: ${health.says}`;

const named = ({ id, provider, environment, label, hint }: NamedKey) => ({
  id,
  provider,
  environment,
  label,
  hint,
});

export const keys: readonly CommandSpec[] = [list, { ...list, name: 'keys list' }, add, rotate, revoke, test];
