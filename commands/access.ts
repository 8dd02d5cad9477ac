import { type Role, roles } from '../src/core/access.ts';
import { channelWord } from '../src/core/person-words.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Granted, PersonView, TeamRoleView } from '../src/services/access.ts';
import type { Claimed } from '../src/services/claims.ts';
import { link } from './access-link.ts';
import { answer, arg, asJson, bullets, fields, json, reply, text } from './cards.ts';
import type { CommandSpec, Values } from './port.ts';
import { usageOf } from './words.ts';

const person = arg('person', 'a mention, @NAME, an account like slack:U123, or a role of the Discord server');
const where = arg('channel', 'for one channel: #NAME or "here"; else for the whole workspace', {
  required: false,
});

const show: CommandSpec = {
  name: 'access',
  summary: 'Who may do what here: people, their roles, and where.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [],
  flags: [json],
  async run({ house, member, typed }) {
    const { people, teamRoles } = await house.access.show(house.workspace);
    const own = people.find((p) => p.member === member);
    const body = [
      text(`You: ${own === undefined ? 'no role' : roleText(own)}.`),
      ...(people.length > 0 ? [fields(people.map((p) => [p.name, roleText(p)] as const))] : []),
      ...(teamRoles.length > 0 ? [fields(teamRoles.map((r) => [r.name, grantedText(r)] as const))] : []),
      text(`Admins change this: ${typed('access grant @bo approver #sales')}`),
      ...(hasOneOf(people, own)
        ? [text(`If you are on the other surface, too: ${typed('access link me')}`)]
        : []),
    ];
    return reply(
      answer('Access', body, { status: people.length === 1 ? '1 person' : `${people.length} people` }),
      {
        people: people.map(asJson),
        teamRoles: teamRoles.map(asJson),
      },
    );
  },
};

/** The chat platforms of these accounts. */
const chatsOf = (accounts: readonly string[]): string[] =>
  [...new Set(accounts.map((account) => account.split(':', 1)[0] ?? ''))].filter(
    (surface) => surface === 'slack' || surface === 'discord',
  );

/** Whether people talk on two platforms here, and this person on one of them alone. */
const hasOneOf = (people: readonly PersonView[], own: PersonView | undefined): boolean =>
  own !== undefined &&
  chatsOf(own.accounts).length === 1 &&
  chatsOf(people.flatMap(({ accounts }) => accounts)).length > 1;

const roleText = ({ role, channels, accounts }: PersonView): string => {
  const inChat = chatsOf(accounts);
  const where = inChat.length > 1 ? [`on ${inChat.join(' and ')}`] : [];
  return [role ?? 'no role', ...inText(channels), ...where].join(' · ');
};

const grantedText = ({ role, channels }: TeamRoleView): string =>
  [...(role === null ? [] : [role]), ...inText(channels)].join(' · ');

const inText = (channels: PersonView['channels']) => channels.map((c) => `${c.role} in ${c.name}`);

const grant: CommandSpec = {
  name: 'access grant',
  summary: 'Gives somebody a role in the workspace, or in one channel.',
  role: 'admin',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [person, arg('role', 'what they become', { choices: roles }), where],
  flags: [json],
  async run({ house, member, surface, channel }, values) {
    const role = roleOf(values.given('role'));
    const granted = await house.access.grant({
      ...{ workspace: house.workspace, actor: member, surface, channel: channel.id },
      ...{ person: values.given('person'), where: whereOf(values, grant) },
      role,
    });
    const { name } = granted;
    const who = granted.teamRole === null ? `${name} is` : `Who holds ${name} is`;
    const says = granted.changed
      ? `${who} ${role} in ${granted.where} now${granted.before === null ? '' : `, and was ${granted.before}`}.`
      : `${who} ${role} in ${granted.where} already. Nothing was changed.`;
    return reply(
      answer('Role given', [text(says), ...higher(granted, role)], { tone: 'good' }),
      asJson(granted),
    );
  },
};

/** Roles only add: who is admin of the workspace stays so where they are given less. */
const higher = ({ role, name }: Granted, given: Role) =>
  role === null || role === given ? [] : [text(`In all, ${name} is ${role} there.`)];

const revoke: CommandSpec = {
  name: 'access revoke',
  summary: 'Takes a role back that somebody was given; the last owner stays.',
  role: 'admin',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [
    person,
    arg('role', 'which role; else whatever they were given', { required: false, choices: roles }),
    where,
  ],
  flags: [json],
  async run({ house, member, surface, channel }, values) {
    const [word, place] = [values.arg('role'), values.arg('channel')];
    // The role may be left out: what stands in its place and is no channel was meant as one.
    if (word === null && place !== null && place !== 'workspace' && channelWord(place) === null)
      wrongRole(place);
    const revoked = await house.access.revoke({
      ...{ workspace: house.workspace, actor: member, surface, channel: channel.id },
      person: values.given('person'),
      role: word === null ? null : roleOf(word),
      where: whereOf(values, revoke),
    });
    const { name } = revoked;
    const left = revoked.role === null ? 'has no role there' : `is ${revoked.role} there`;
    const says = `${name} is no longer ${revoked.before ?? 'that'} in ${revoked.where} and ${left} now. It holds from the next press on.`;
    return reply(answer('Role taken back', [text(says)], { tone: 'good' }), asJson(revoked));
  },
};

const roleOf = (word: string): Role => roles.find((r) => r === word) ?? wrongRole(word);

function wrongRole(word: string): never {
  const why = `"${word.slice(0, 100)}" is not a role. Possible: ${roles.join(', ')}.`;
  throw new CrewsmithError('usage.wrong', { why, usage: usageOf(revoke) });
}

function whereOf(values: Values, spec: CommandSpec): string | null {
  const word = values.arg('channel');
  if (word === null || word === 'workspace') return null;
  if (channelWord(word) !== null) return word;
  const why = `"${word.slice(0, 100)}" is not a channel. Write it like #sales, or "here".`;
  throw new CrewsmithError('usage.wrong', { why, usage: usageOf(spec) });
}

const claim: CommandSpec = {
  name: 'access claim',
  summary: 'Makes you the first owner, by the code that the operator has from "doctor".',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [arg('code', 'the code, like 4F7Q-91KD', { rest: true })],
  flags: [json],
  async run({ house, member, surface, typed }, values) {
    const claimed = await house.claims.claim(
      { workspace: house.workspace, surface, member },
      values.given('code'),
    );
    return claimedReply(claimed, typed);
  },
};

/** What a new owner reads; a team that nobody had claimed gets it, too. */
export function claimedReply(claimed: Claimed, typed: (words: string) => string) {
  const team = {
    known: 'You are the first owner here.',
    default:
      'This team now belongs to the workspace of this installation, with its keys; you are its owner here.',
    own: 'This team has a workspace of its own now, and you are its owner. It has no key yet, so the offline sandbox answers.',
  }[claimed.team];
  const everybody =
    'Everybody here may run crews until you give somebody a role; from then on people look on unless they have one. A limit that no call can pass is worth setting first:';
  const next = [
    ...(claimed.everybodyRuns ? [text(everybody), bullets([typed('budget set $20 week workspace')])] : []),
    text('Next:'),
    bullets([typed('keys add openai'), typed('access grant @bo approver'), typed('doctor')]),
  ];
  return reply(answer('You are owner', [text(team), ...next], { tone: 'good' }), asJson(claimed));
}

export const access: readonly CommandSpec[] = [
  ...[show, { ...show, name: 'access show' }, grant, revoke, claim],
  link,
];
