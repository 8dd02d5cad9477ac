import { accessErrors } from './errors/access.ts';
import { discordErrors } from './errors/discord.ts';
import { pageErrors } from './errors/page.ts';
import { near, type Row, row } from './errors/row.ts';
import { slackErrors } from './errors/slack.ts';
import { storeErrors } from './errors/store.ts';
import { typedErrors } from './errors/typed.ts';

/**
 * One error type with codes. Each code has one row: what a person reads (`says`) and what they can do (`next`).
 * Programs test `code`; people read the text. No text here may carry a key, a prompt or a page.
 */

export const errors = {
  ...typedErrors,
  ...storeErrors,
  ...accessErrors,
  ...pageErrors,
  ...slackErrors,
  ...discordErrors,
  'config.postgres': row(() => ({
    says: 'DATABASE_URL is set, and PostgreSQL comes with a later version.',
    next: 'Unset it: the database is then SQLite in CREWSMITH_HOME.',
  })),
  'config.invalid': row<{ problems: string[] }>((d) => ({
    says: `${d.problems.length === 1 ? 'A setting is' : `${d.problems.length} settings are`} wrong: ${d.problems.join(' · ')}.`,
    next: 'Change it in the environment or in .env and start again; .env.example shows every setting.',
  })),
  'fetch.allow-invalid': row<{ entry: string }>((d) => ({
    says: `CREWSMITH_FETCH_ALLOW names "${d.entry}", which is not a host and a port.`,
    next: 'Write each place as host:port, like intranet.example:8080, separated by commas.',
  })),
  'key.master-missing': row<{ path: string }>((d) => ({
    says: `The master key is missing: there is no ${d.path}, and the database needs the key it was made with.`,
    next: 'Put the file back, or set CREWSMITH_MASTER_KEY. A new one would not open the stored keys.',
  })),
  'key.master-wrong': row((_) => ({
    says: 'This master key is not the one that the database was made with.',
    next: 'Give the right one as CREWSMITH_MASTER_KEY; while rotating, the one before as CREWSMITH_MASTER_KEY_OLD too.',
  })),
  'key.master-invalid': row<{ from: string }>((d) => ({
    says: `${d.from} does not hold a master key: 32 bytes in base64.`,
    next: 'Make one with "openssl rand -base64 32".',
  })),
  'key.typed': row<{ provider: string }>((d) => ({
    says: `What was typed holds something that looks like a key of ${d.provider}. It was not used and not stored.`,
    next: 'Revoke that key at its provider: it now stands in a history. Make a new one and give it to "keys add" on standard input.',
  })),
  'key.elsewhere': row<{ command: string }>((d) => ({
    says: 'A key is never typed among the words of a chat, and forms for it are turned off here: the platform would carry it.',
    next: `Whoever runs Crewsmith can give it to a terminal: npm run crew -- ${d.command}. With CREWSMITH_URL set, this gives a link to a form of our own.`,
  })),
  'key.malformed': row((_) => ({
    says: 'This does not look like a key: it is empty, too long, or has spaces or signs that no key has.',
    next: 'Copy it again from the provider, whole and alone. Nothing was stored.',
  })),
  'key.rejected': row<{ provider: string; status: number; says: string }>((d) => ({
    says: `${d.provider} refuses this key (${d.status}): ${d.says}`,
    next: 'Check that it was copied whole and is still valid there. Nothing was stored.',
  })),
  'key.duplicate': row<{ key: string }>((d) => ({
    says: `This key is here already: ${d.key}.`,
    next: 'Give another key, or go on with that one.',
  })),
  'key.label-taken': row<{ label: string; provider: string; environment: string }>((d) => ({
    says: `There is a ${d.provider} key labelled "${d.label}" for ${d.environment} already.`,
    next: 'Choose another label, or rotate that key.',
  })),
  'key.word-invalid': row<{ what: string; word: string }>((d) => ({
    says: `"${d.word}" cannot be ${d.what} of a key.`,
    next: 'Use up to 32 small letters, digits and hyphens; the name of a provider, and "none", are taken.',
  })),
  'key.address-invalid': row((_) => ({
    says: 'What was given as the base URL is no plain address.',
    next: 'Begin with http:// or https://, and leave out user names, passwords, "?" and "#": the address is shown and audited. Nothing was stored.',
  })),
  'key.address-missing': row((_) => ({
    says: 'A compatible server has no address of its own that could be meant.',
    next: 'Say where it is with --base-url, like http://127.0.0.1:11434/v1, or set COMPATIBLE_BASE_URL. Nothing was stored.',
  })),
  'key.provider-unknown': row<{ provider: string; nearest: string[]; known: string[] }>((d) => ({
    says: `No keys are kept for "${d.provider}".`,
    next: [near(d.nearest), `Providers: ${d.known.join(', ')}.`].filter(Boolean).join(' '),
  })),
  'key.unknown': row<{ words: string; known: string[] }>((d) => ({
    says: d.words === '' ? 'It was not said which key.' : `There is no live key "${d.words}" here.`,
    next: d.known.length > 0 ? `Keys here: ${d.known.join('; ')}.` : 'This workspace has no live key.',
  })),
  'key.choice': row<{ words: string; choices: string[] }>((d) => ({
    says: `"${d.words}" means ${d.choices.length} keys: ${d.choices.join('; ')}.`,
    next: 'Say its label, or its id; to revoke them all, add --now.',
  })),
  'key.dead': row<{ version: string }>((d) => ({
    says: `The key was revoked or replaced (${d.version}).`,
    next: 'The call goes on with another key, or waits until one is added.',
  })),
  'settings.unknown': row<{ name: string; nearest: string[]; known: string[] }>((d) => ({
    says: `There is no setting called "${d.name}".`,
    next: [near(d.nearest), `Settings: ${d.known.join(', ')}.`].filter(Boolean).join(' '),
  })),
  'settings.on-off': row<{ value: string }>((d) => ({
    says: `"${d.value.slice(0, 100)}" is neither on nor off.`,
    next: 'Write on or off. Nothing was changed.',
  })),
  'settings.zone-unknown': row<{ zone: string; nearest: string[] }>((d) => ({
    says: `"${d.zone}" is not a time zone.`,
    next: near(d.nearest) || 'Write it like Europe/Berlin.',
  })),
  'budget.unknown': row<{ scope: string; window: string | null; known: string[] }>((d) => ({
    says: `There is no budget for ${d.scope}${d.window === null ? '' : ` (${d.window})`}.`,
    next:
      d.known.length > 0
        ? `Budgets here: ${d.known.join('; ')}.`
        : 'None is set; "budget set 20 week" sets one for this channel.',
  })),
  'budget.gone': row((_) => ({
    says: 'This budget was changed or removed meanwhile.',
    next: 'The command "budget" shows what is set now.',
  })),
  'budget.choice': row<{ choices: string[] }>((d) => ({
    says: `There is more than one budget, and none of them holds up a run: ${d.choices.join('; ')}.`,
    next: 'Say which one; nothing was changed.',
  })),
  'budget.high': row<{ most: string }>((d) => ({
    says: `A budget can be ${d.most} at most.`,
    next: 'Set a lower one, or remove the budget; nothing was changed.',
  })),
  'budget.enough': row(() => ({
    says: 'The limit does not hold up this run any more: it was raised already, or the run went on.',
    next: 'Nothing was changed; "budget" shows what is set now.',
  })),
  'budget.nothing': row(() => ({
    says: 'A budget is raised by more than $0.',
    next: 'Say by how much, like 5; "budget set" lowers a limit.',
  })),
  'budget.scope-unknown': row<{ scope: string }>((d) => ({
    says: `"${d.scope}" is nothing that a budget can be set for.`,
    next: 'Budgets are for the workspace, a channel, or a crew.',
  })),
  'alias.invalid': row<{ why: string }>((d) => ({
    says: `The alias cannot be set: ${d.why}.`,
    next: 'Give one or more models as provider/model, best first.',
  })),
  'money.invalid': row<{ text: string }>((d) => ({
    says: `"${d.text}" is not an amount of money.`,
    next: 'Write dollars like 0.50 or 20.',
  })),
  'run.unknown': row<{ run: string }>((d) => ({
    says: `There is no run ${d.run} here.`,
    next: 'The command "runs" lists the newest ones.',
  })),
  'run.over': row<{ run: string; status: string }>((d) => ({
    says: `The run ${d.run} is over already: ${d.status}.`,
    next: 'Nothing was changed.',
  })),
  'run.completed': row<{ run: string }>((d) => ({
    says: `The run ${d.run} is completed: there is nothing to retry.`,
    next: 'Ask for a new run to have it done again.',
  })),
  'run.not-over': row<{ run: string; status: string }>((d) => ({
    says: `The run ${d.run} is still ${d.status}.`,
    next: 'Stop it first, or wait until it ends.',
  })),
  'run.erased': row<{ run: string }>((d) => ({
    says: `The texts of run ${d.run} were erased: CREWSMITH_RETENTION_DAYS says how long they are kept.`,
    next: 'Its costs and decisions stay. Ask anew to have it done again.',
  })),
  'run.begun': row<{ run: string }>((d) => ({
    says: `The run ${d.run} has called a model already, so the sandbox cannot finish it.`,
    next: 'It goes on by itself once there is a key.',
  })),
  'run.not-waiting': row<{ run: string; status: string }>((d) => ({
    says: `The run ${d.run} waits for no key any more: it is ${d.status}.`,
    next: 'Nothing was changed.',
  })),
  'run.cap-moved': row<{ run: string }>((d) => ({
    says: `The limit of the run ${d.run} was raised meanwhile.`,
    next: 'Nothing was changed. If that is still too little, its thread says how much is missing.',
  })),
  'run.ending': row<{ run: string }>((d) => ({
    says: `A call of the run ${d.run} is just ending.`,
    next: 'Try again in a moment.',
  })),
  'request.others': row(() => ({
    says: 'Only who typed this can go on with it.',
    next: 'Type the command yourself.',
  })),
  'request.unknown': row(() => ({
    says: 'What this button belongs to is not here any more.',
    next: 'Type the command again.',
  })),
  'request.repeated': row(() => ({
    says: 'This request came before and has its run already.',
    next: 'Nothing was started a second time.',
  })),
  'price.ask': row<{ worst: string; likely: string | null; above: string }>((d) => ({
    says: `This run costs at most ${d.worst}${d.likely === null ? '' : `, usually about ${d.likely}`}; above ${d.above} somebody must agree first.`,
    next: 'Agree with --approve, set a limit with --max, or change the setting ask-above.',
  })),
  'gate.unknown': row<{ gate: string }>((d) => ({
    says: `There is no gate ${d.gate} here.`,
    next: 'The command "runs RUN" shows what a run waits for.',
  })),
  'gate.closed': row<{ status: string; by: string | null }>((d) => ({
    says: `This was decided already: ${d.status}${d.by === null ? '' : ` by ${d.by}`}.`,
    next: 'Nothing was changed.',
  })),
  'gate.stale': row<{ draft: number }>((d) => ({
    says: `There is a newer draft: number ${d.draft}.`,
    next: 'Look at it and decide there; nothing was changed.',
  })),
  'gate.forbidden': row<{ says: string }>((d) => ({ says: d.says, next: '' })),
  'gate.none': row<{ run: string; status: string }>((d) => ({
    says: `The run ${d.run} waits for no decision: it is ${d.status}.`,
    next: `"runs ${d.run}" shows where it stands.`,
  })),
  'gate.nobody': row<{ step: string; crew: string }>((d) => ({
    says: `Nobody could decide on this run yet: the gate "${d.step}" of ${d.crew} is never of who asked, and nobody else here is an approver of it.`,
    next: 'An owner or admin names somebody with "access grant @NAME approver"; where nobody is owner yet, "access claim" makes one. Nothing was started.',
  })),
  'gate.no-comment': row(() => ({
    says: 'Requesting changes needs a sentence that says what to change.',
    next: 'Write it and send again; nothing was changed.',
  })),
  'gate.long-comment': row<{ characters: number; most: number }>((d) => ({
    says: `The comment has ${d.characters.toLocaleString('en')} characters; ${d.most.toLocaleString('en')} are possible.`,
    next: 'Shorten it and send again; nothing was changed.',
  })),
  'internal.unexpected': row<{ what: string }>((d) => ({
    says: `Something failed that was not foreseen: ${d.what}`,
    next: 'Please report it with this sentence. What was paid is kept; "npm start" carries runs on.',
  })),
  'internal.hidden': row(() => ({
    says: 'Something failed that was not foreseen.',
    next: 'Try again; if it stays so, whoever runs Crewsmith finds it in the log. What was paid is kept.',
  })),
  'internal.impossible': row<{ what: string }>((d) => ({
    says: `Something that cannot happen did: ${d.what}.`,
    next: 'Please report it with this sentence; the run was stopped so that nothing is paid twice.',
  })),
} as const;

export type ErrorCode = keyof typeof errors;
export type ErrorDetail<C extends ErrorCode> = Parameters<(typeof errors)[C]>[0];

/** Thrown for everything that a person must hear about. `message` is `says` and `next` in one line. */
export class CrewsmithError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CrewsmithError';
  readonly code: C;
  readonly detail: ErrorDetail<C>;
  readonly says: string;
  readonly next: string;

  constructor(code: C, detail: ErrorDetail<C>, options?: { cause?: unknown }) {
    const text = (errors[code] as Row<ErrorDetail<C>>)(detail);
    super(`${text.says} ${text.next}`.trim(), options);
    this.code = code;
    this.detail = detail;
    this.says = text.says;
    this.next = text.next;
  }
}

/** True for a CrewsmithError, of one code where `code` is given. */
export function isCrewsmithError<C extends ErrorCode>(error: unknown, code?: C): error is CrewsmithError<C> {
  return error instanceof CrewsmithError && (code === undefined || error.code === code);
}
