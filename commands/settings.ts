import { plainUsd, toJsonNano } from '../src/core/money.ts';
import type { DigestState } from '../src/services/digests.ts';
import type { WorkspaceSettings } from '../src/services/settings.ts';
import { answer, arg, fields, json, reply } from './cards.ts';
import type { CommandSpec } from './port.ts';

const shown = (settings: WorkspaceSettings, { channel }: DigestState) =>
  fields([
    ['zone', `${settings.zone} · times and the windows of budgets are of this zone`],
    ['ask-above', `${plainUsd(settings.askAboveNano)} · a run that may cost more asks before it starts`],
    [
      'key-form',
      `${settings.keyForm ? 'on' : 'off'} · whether a key may be typed into a chat platform’s form, where no link can be given`,
    ],
    ['digest-channel', `${channel === null ? 'off' : `#${channel.name}`} · where the week’s digest goes`],
  ]);

const data = ({ zone, askAboveNano, digestChannel, keyForm }: WorkspaceSettings) => ({
  keyForm,
  zone,
  askAboveNano: toJsonNano(askAboveNano),
  digestChannel,
});

const show: CommandSpec = {
  name: 'settings',
  summary: 'What this workspace has set.',
  role: 'member',
  of: 'workspace',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [],
  flags: [json],
  async run({ house }) {
    const settings = await house.store.read((tx) => house.settings.get(tx, house.workspace));
    const digest = await house.digests.state(house.workspace);
    return reply(answer('Settings', [shown(settings, digest)]), data(settings));
  },
};

const change = (name: string, summary: string, value: string): CommandSpec => ({
  name: `settings ${name}`,
  summary,
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [arg('value', value)],
  flags: [json],
  async run({ house, member }, values) {
    const wanted = { workspace: house.workspace, actor: member, name, value: values.given('value') };
    const settings = await house.store.transact((tx) => house.settings.set(tx, wanted));
    const digest = await house.digests.state(house.workspace);
    return reply(answer('Settings', [shown(settings, digest)], { tone: 'good' }), data(settings));
  },
});

export const settings: readonly CommandSpec[] = [
  show,
  change('zone', 'Sets the time zone.', 'a zone, like Europe/Berlin'),
  change('ask-above', 'Sets above which price a run asks before it starts.', 'dollars, like 5'),
  change(
    'key-form',
    'Sets whether keys may be typed into forms of chat platforms, which carry them.',
    'on or off',
  ),
  change('digest-channel', 'Sets where the digest of the week goes.', 'a channel, like #sales, or off'),
];
