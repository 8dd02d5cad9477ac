import { isPlainAddress } from '../src/core/address.ts';
import { keyName, type NamedKey } from '../src/core/key-words.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { KeyHealth } from '../src/providers/port.ts';
import { isOld, type KeyView } from '../src/services/key-rows.ts';
import { answer, arg, asJson, duration, fields, flag, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';
import { revoke } from './revoke.ts';

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
  async run({ house, typed }) {
    const now = house.clock.now();
    const keys = await house.store.read((tx) => house.keys.list(tx, house.workspace));
    const care = keys.filter((key) => key.health === 'failing' || isOld(key, now)).length;
    const status = `${keys.length} active${care > 0 ? ` · ${care} ${care === 1 ? 'needs' : 'need'} care` : ''}`;
    const body =
      keys.length === 0
        ? [text(`There is no key here. Add one: ${typed('keys add openai')}`)]
        : [fields(keys.map((key) => [keyName(key), keyLine(key, now)] as const))];
    return reply(answer('Keys', body, { status }), { keys: keys.map(asJson) });
  },
};

function keyLine(key: KeyView, now: number): string {
  return [
    key.health === 'failing' ? `failing: ${key.healthSays ?? 'refused'}` : key.health,
    key.baseUrl === null ? '' : `at ${key.baseUrl}`,
    key.lastUsedAt === null ? 'never used' : `used ${duration(now - key.lastUsedAt)} ago`,
    `${duration(now - key.versionSince)} old${isOld(key, now) ? ', rotate it' : ''}`,
    key.origin === 'environment' ? 'from the environment' : '',
    key.draining.length > 0 ? 'the one before is used by calls under way' : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

const add: CommandSpec = {
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  data: 'write',
  name: 'keys add',
  summary: 'Adds a key, read from standard input; it is checked by a call that costs nothing.',
  reply: 'form',
  args: [arg('provider', 'whose key it is, like openai')],
  flags: [
    flag('label', 'WORD', 'What you call it.'),
    flag('environment', 'WORD', 'Where it is used: production unless said otherwise.'),
    flag('base-url', 'ADDRESS', 'Another address of the provider; else the one of the settings.'),
    json,
  ],
  async run({ house, member, secret, typed }, values) {
    const provider = values.given('provider');
    const read = secret ?? elsewhere(`keys add ${provider}`);
    const baseUrl = values.flag('base-url');
    // Before anybody types a secret.
    if (baseUrl !== null && !isPlainAddress(baseUrl)) throw new CrewsmithError('key.address-invalid', {});
    const key = await house.keys.add({
      workspace: house.workspace,
      actor: member,
      provider,
      secret: await read(`Key of ${provider} (not shown)`),
      label: values.flag('label'),
      environment: values.flag('environment') ?? 'production',
      baseUrl: baseUrl ?? (await house.setup()).baseUrls[provider] ?? null,
      scope: {},
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
const elsewhere = (command: string): never => {
  throw new CrewsmithError('key.elsewhere', { command });
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
  summary: 'Replaces the secret of a key by one from standard input; calls under way end on the one before.',
  reply: 'form',
  args: [arg('key', 'its label, its provider or its id', { rest: true })],
  flags: [json],
  async run({ house, member, secret }, values) {
    const words = values.given('key');
    const request = { workspace: house.workspace, actor: member, words };
    const key = await house.keys.rotate({
      ...request,
      secret: await (secret ?? elsewhere(`keys rotate ${words}`))(`New key for ${words} (not shown)`),
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
    const failing = told.some(({ health }) => health.state === 'failing');
    const body =
      told.length === 0
        ? [text(`There is no key here. Add one: ${typed('keys add openai')}`)]
        : [fields(told.map(({ key, health }) => [keyName(key), tested(health)] as const))];
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
