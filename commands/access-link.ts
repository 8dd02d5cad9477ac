import type { CardAction } from '../src/chat/card.ts';
import { atLeast } from '../src/core/access.ts';
import type { Linked, MadeCode } from '../src/services/linking.ts';
import { answer, arg, asJson, bullets, json, reply, text, timeLeft } from './cards.ts';
import type { CommandSpec, Reply } from './port.ts';
import { typedInChat } from './visitor.ts';

/** Rule K8: a team joins a workspace of another surface, and a person's accounts on both become one. */
export const link: CommandSpec = {
  name: 'access link',
  summary: 'Joins another team to this workspace, or with "me" your own accounts on two surfaces.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [
    arg('code-or-me', 'the code from elsewhere; "me" makes one for your accounts, nothing one for a team', {
      required: false,
      rest: true,
    }),
  ],
  flags: [json],
  async run({ house, member, surface }, values) {
    const { workspace, clock } = house;
    const linking = await house.linking();
    const typist = { workspace, member, surface };
    const word = values.arg('code-or-me')?.trim() ?? '';
    const left = ({ until }: MadeCode) => timeLeft(until - clock.now());
    if (word === '') {
      const made = await linking.offer(typist, 'team');
      return madeReply(made, 'Another team joins this workspace', [
        `Type this in the Discord server or Slack team that is to join, as an admin there, within ${left(made)}; it holds once.`,
        'Its people then use the crews, keys and budgets of this workspace. Its channels and people come along; roles, settings and digests of there end. It must have no runs, keys or budgets of its own.',
        `Your own accounts on two surfaces are another thing: ${typedInChat('access link me')}.`,
      ]);
    }
    if (word.toLowerCase() === 'me') {
      const made = await linking.offer(typist, 'person');
      return madeReply(made, 'Your other account', [
        `Type this with your other account, where this workspace is on Slack or Discord, within ${left(made)}; it holds once.`,
        'Whoever types it is you here from then on, with your roles: give it to nobody.',
      ]);
    }
    return linkedReply(await linking.use(typist, word));
  },
};

function madeReply(made: MadeCode, title: string, [how = '', ...more]: readonly string[]): Reply {
  const typed = typedInChat(`access link ${made.code}`);
  return reply(answer(title, [text(how), bullets([typed]), ...more.map(text)]), asJson(made));
}

function linkedReply(linked: Linked): Reply {
  const role = linked.role === null ? 'You have no role here' : `You are ${linked.role} here`;
  if (linked.joined === 'person') {
    const says = `${linked.name} is one person now: ${linked.accounts.join(', ')}. ${role}, on each of them, and what you decide counts once.`;
    // Whoever was talked into typing somebody else's code has given them what they may.
    const wrong = 'If one of these accounts is not yours, undo it: whoever has it may do what you may.';
    const undo: CardAction = { label: 'Undo', style: 'danger', press: { do: 'undo', link: linked.code } };
    const body = [text(says), text(wrong)];
    return reply(answer('Linked', body, { tone: 'good', actions: [undo] }), asJson(linked));
  }
  const { to, by, channels, people, ended } = linked;
  const of = to.length === 0 ? 'that is on this machine alone' : `of ${to.join(', ')}`;
  const gone = [
    counted(ended.roles, 'role'),
    counted(ended.settings, 'setting'),
    counted(ended.digests, 'digest'),
  ].filter((one) => one !== '');
  const came = [counted(channels, 'channel'), counted(people, 'person', 'people')].filter(
    (one) => one !== '',
  );
  return reply(
    answer(
      'Joined',
      [
        text(`This team now belongs to the workspace ${of}: its crews, keys and budgets hold here.`),
        text(
          [
            ...(came.length === 0 ? [] : [`${came.join(' and ')} came along.`]),
            ...(gone.length === 0 ? [] : [`What was set here ended: ${gone.join(', ')}.`]),
          ].join(' '),
        ),
        text(
          `${role}.${atLeast(linked.role, 'admin') ? '' : ` ${by} or another admin of there gives roles: ${typedInChat('access grant')}.`} If you have an account there, type ${typedInChat('access link me')} with it.`,
        ),
      ],
      { tone: 'good' },
    ),
    asJson(linked),
  );
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  count === 0 ? '' : `${count} ${count === 1 ? one : many}`;
