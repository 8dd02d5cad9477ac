import { momentIn, weekNamed } from '../src/core/weeks.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { DigestState } from '../src/services/digests.ts';
import { answer, arg, asJson, fields, json, reply, text } from './cards.ts';
import type { Writing } from './house.ts';
import type { CommandSpec, Context } from './port.ts';
import { usageOf } from './words.ts';

const common = { of: 'workspace', surfaces: 'all', reply: 'private', flags: [json] } as const;

const show: CommandSpec = {
  ...common,
  data: 'write',
  name: 'digest',
  summary: 'Where the weekly digest goes, and when.',
  role: 'member',
  args: [],
  async run(context) {
    const state = await context.house.digests.state(context.house.workspace);
    return reply(answer('Digest', bodyOf(state, context), { status: statusOf(state) }), asJson(state));
  },
};

const on: CommandSpec = {
  ...common,
  data: 'write',
  name: 'digest on',
  summary: 'Sends a digest of the week to this channel, or to the one named, each Monday at 9:00.',
  role: 'admin',
  args: [arg('channel', 'a channel, like #sales; this one unless said otherwise', { required: false })],
  run(context, values) {
    const channel = values.arg('channel');
    if (channel === null && context.surface === 'terminal') {
      const why = 'Nobody looks at a terminal each Monday: say in which channel.';
      throw new CrewsmithError('usage.wrong', { why, usage: usageOf(on, 'terminal') });
    }
    return set(context, channel ?? context.channel.id);
  },
};

const off: CommandSpec = {
  ...common,
  data: 'write',
  name: 'digest off',
  summary: 'Sends no digest any more.',
  role: 'admin',
  args: [],
  run: (context) => set(context, 'off'),
};

const now: CommandSpec = {
  ...common,
  data: 'write',
  name: 'digest now',
  summary: 'Sends the digest of the last full week now, to its channel or, where none is set, to this one.',
  role: 'admin',
  args: [],
  async run({ house, channel, dedupe, surface }) {
    const { workspace } = house;
    if (surface === 'terminal' && (await house.digests.state(workspace)).channel === null) {
      const { week, card } = await house.digests.ofLastWeek(workspace);
      return reply(card, { week: week.name, channel: null });
    }
    const sent = await house.digests.sendNow({ workspace, here: channel.id, dedupe });
    const says = `The digest of the week of ${weekNamed(sent.week.name)} goes to #${sent.channel.name}.`;
    return reply(answer('Digest', [text(says)], { tone: 'good' }), {
      week: sent.week.name,
      channel: sent.channel.name,
    });
  },
};

/** A setting like others, so it is audited like them. */
async function set(context: Context<Writing>, value: string) {
  const { house, member } = context;
  const change = { workspace: house.workspace, actor: member, name: 'digest-channel', value };
  await house.store.transact((tx) => house.settings.set(tx, change));
  const state = await house.digests.state(house.workspace);
  const card = answer('Digest', bodyOf(state, context), { status: statusOf(state), tone: 'good' });
  return reply(card, asJson(state));
}

const statusOf = ({ channel }: DigestState) => (channel === null ? 'off' : 'on');

function bodyOf(state: DigestState, { typed, surface }: Pick<Context<Writing>, 'typed' | 'surface'>) {
  const { channel, nextAt, last, zone } = state;
  if (channel === null || nextAt === null)
    return [
      text(
        `No digest is sent. To have one in a channel, type there: ${surface === 'terminal' ? '/crew digest on' : typed('digest on')}`,
      ),
    ];
  return [
    fields([
      ['channel', `#${channel.name} (${channel.surface})`],
      ['next', `${momentIn(nextAt, zone)}, ${zone}`],
      ...(last === null
        ? []
        : [['last', `week of ${weekNamed(last.week)}, sent ${momentIn(last.sentAt, zone)}`] as const]),
    ]),
  ];
}

export const digest: readonly CommandSpec[] = [show, on, off, now];
