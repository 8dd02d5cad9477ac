import { near, row } from './row.ts';

/** Who may do what, and where. */
export const accessErrors = {
  'access.guest': row((_) => ({
    says: 'Guests cannot use Crewsmith here.',
    next: 'Ask a full member of this team to do it for you.',
  })),
  'place.closed': row((_) => ({
    says: 'This is a conversation between people, which lets nobody else write. Nothing was started and nothing paid.',
    next: 'Ask in a channel, or in a direct message to @Crewsmith.',
  })),
  'access.unclaimed': row((_) => ({
    says: 'This team is not linked to a workspace of Crewsmith yet, so nothing happens here.',
    next: 'Who runs Crewsmith gets a code from "doctor"; type it as "/crew access claim CODE". From then on "access link" can join it to a workspace that you have elsewhere.',
  })),
  'access.admins-invalid': row<{ entry: string }>((d) => ({
    says: `CREWSMITH_ADMINS names "${d.entry}", which is not an account.`,
    next: 'Write slack:U123, slack:T123:U456 or discord:123456, separated by commas.',
  })),
  'access.too-high': row<{ role: string }>((d) => ({
    says: `Only somebody who is ${d.role} here themselves can give or take the role ${d.role}.`,
    next: 'Ask an owner.',
  })),
  'access.last-owner': row((_) => ({
    says: 'This is the last owner of the workspace; somebody has to be.',
    next: 'Make somebody else owner first.',
  })),
  'access.member-unknown': row<{ person: string; nearest: string[] }>((d) => ({
    says: `Nobody here is known as ${d.person}.`,
    next: near(d.nearest) || 'They become known when they first use Crewsmith in this workspace.',
  })),
  'access.person-choice': row<{ person: string; choices: string[] }>((d) => ({
    says: `"${d.person}" means ${d.choices.length} people.`,
    next: `Say which account: ${d.choices.join(', ')}. Nothing was changed.`,
  })),
  'access.forbidden': row<{ says: string; ask: string[] }>((d) => ({
    says: d.says,
    next:
      d.ask.length > 0
        ? `Ask ${d.ask.slice(0, 5).join(' or ')}${d.ask.length > 5 ? `, or ${d.ask.length - 5} more` : ''}.`
        : 'Nobody is that here yet: "access claim CODE" makes the first owner, with the code that the operator has.',
  })),
  'access.guest-role': row<{ person: string }>((d) => ({
    says: `${d.person} is a guest or a bot here and cannot be given a role.`,
    next: 'Only full members of the team can be.',
  })),
  'access.team-role-owner': row<{ name: string }>((d) => ({
    says: `${d.name} cannot be made owner: whoever hands that role out there would then hand out everything here.`,
    next: 'Give it up to admin, or make single people owner.',
  })),
  'access.team-role-unknown': row<{ word: string }>((d) => ({
    says: `${d.word} is no role that the server is known to have.`,
    next: 'Where the role is, in Discord, choose it in "/crew access grant", or mention it. Nothing was changed.',
  })),
  'access.everybody': row((_) => ({
    says: 'Everybody in the server holds @everyone.',
    next: 'Give a role to people, or to another role of the server. While nobody but owners has one, everybody may run crews.',
  })),
  'access.not-granted': row<{ person: string; role: string | null; has: string | null; where: string }>(
    (d) => ({
      says: `${d.person} was not given ${d.role === null ? 'a role' : `the role ${d.role}`} for ${d.where}${d.has === null ? '' : `, but ${d.has}`}.`,
      next: '"access show" tells who has which role and where. Nothing was changed.',
    }),
  ),
  'link.over': row((_) => ({
    says: 'This link does not hold any more: it was used or undone, or is over 10 minutes old.',
    next: 'Ask for a new one with "keys add". Nothing was stored.',
  })),
  'claim.wrong': row((_) => ({
    says: 'This code does not hold: it is wrong, was used, or is over 30 minutes old.',
    next: 'The operator gets a new one by "npm run crew -- doctor" on the machine.',
  })),
  'claim.owned': row<{ owners: string[] }>((d) => ({
    says: `This team has an owner already: ${d.owners.join(', ')}.`,
    next: 'Ask them for a role: access grant. Nothing was changed, and the code still holds.',
  })),
  'claim.guest': row((_) => ({
    says: 'Guests and bots cannot become owner.',
    next: 'A full member of the team can, with the same code.',
  })),
  'join.wrong': row((_) => ({
    says: 'This code does not hold here: it is wrong, was used, or is over 10 minutes old.',
    next: 'Make a new one in the workspace that stays, with "access link", or for your own accounts with "access link me". Nothing was changed.',
  })),
  'join.tries': row<{ ms: number }>((d) => ({
    says: 'You typed too many wrong codes, so no more are looked at for a while.',
    next: `Try it again in ${Math.max(1, Math.ceil(d.ms / 60_000))} min. Nothing was changed.`,
  })),
  'join.same': row((_) => ({
    says: 'This code was made in this very workspace.',
    next: 'Type it in the Slack team or Discord server that is to join. For your own accounts it is "access link me". The code still holds.',
  })),
  'join.self': row((_) => ({
    says: 'These accounts are one person already.',
    next: 'To link another one of yours, type the code there. Nothing was changed.',
  })),
  'join.local': row((_) => ({
    says: 'Who sits at this machine is "local" on page and terminal, and nobody elsewhere: that is linked with no account.',
    next: 'Link accounts of Slack and Discord with each other: type "access link me" there. Nothing was changed.',
  })),
  'join.surface': row<{ surface: string }>((d) => ({
    says: `Both have an account on ${d.surface} already, and a person has one there.`,
    next: 'Check on which account you made the code, and on which you typed it. Nothing was changed.',
  })),
  'join.default': row((_) => ({
    says: 'The page, the terminal and the keys of this installation belong to this workspace, so it joins no other.',
    next: 'Go the other way: type "access link" here, and its code there. Nothing was changed.',
  })),
  'join.has-runs': row((_) => ({
    says: 'There were runs here already, and what they cost and who approved it stays where it was.',
    next: 'Only a workspace without runs joins another. If the other one has none, type "access link" here, and its code there. Nothing was changed.',
  })),
  'join.has-keys': row<{ keys: string[] }>((d) => ({
    says: `There are keys here, which would not go along: ${d.keys.join(', ')}.`,
    next: 'Cut them off first with "keys revoke", or let the other one join: type "access link" here, and its code there. Nothing was changed.',
  })),
  'join.has-budgets': row((_) => ({
    says: 'There are budgets here, and those of the other workspace would hold instead.',
    next: 'Take them away first with "budget remove"; "budget" shows them. Nothing was changed.',
  })),
  'join.over': row((_) => ({
    says: 'This was undone already, or is not yours to undo.',
    next: '"access" shows who is who by now. Nothing was changed.',
  })),
  'join.gone': row((_) => ({
    says: 'This team has just joined another workspace.',
    next: 'Do it again: it then happens there. Nothing was changed, and nothing was started.',
  })),
  'channel.unknown': row<{ channel: string }>((d) => ({
    says: `There is no channel ${d.channel} in this workspace.`,
    next: 'Name a channel in which Crewsmith is used.',
  })),
  'channel.choice': row<{ channel: string; choices: string[] }>((d) => ({
    says: `"${d.channel}" is the name of ${d.choices.length} channels.`,
    next: `Say which: ${d.choices.join(', ')}. Nothing was changed.`,
  })),
} as const;
