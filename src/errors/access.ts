import { near, row } from './row.ts';

/** Who may do what, and where. */
export const accessErrors = {
  'access.guest': row((_) => ({
    says: 'Guests cannot use Crewsmith here.',
    next: 'Ask a full member of this team to do it for you.',
  })),
  'access.unclaimed': row((_) => ({
    says: 'This team is not linked to a workspace of Crewsmith yet, so nothing happens here.',
    next: 'Who runs Crewsmith gets a code from "doctor"; type it as "/crew access claim CODE".',
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
  'channel.unknown': row<{ channel: string }>((d) => ({
    says: `There is no channel ${d.channel} in this workspace.`,
    next: 'Name a channel in which Crewsmith is used.',
  })),
  'channel.choice': row<{ channel: string; choices: string[] }>((d) => ({
    says: `"${d.channel}" is the name of ${d.choices.length} channels.`,
    next: `Say which: ${d.choices.join(', ')}. Nothing was changed.`,
  })),
} as const;
