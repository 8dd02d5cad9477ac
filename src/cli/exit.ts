import type { RunStatus } from '../core/run.ts';
import { CrewsmithError } from '../errors.ts';

/** Rule T1. */
export const exits = {
  completed: 0,
  failed: 1,
  usage: 2,
  waiting: 3,
  rejected: 4,
  refused: 5,
  canceled: 130,
} as const;

const ofStatus: Readonly<Record<RunStatus, number>> = {
  completed: exits.completed,
  failed: exits.failed,
  rejected: exits.rejected,
  canceled: exits.canceled,
  waiting: exits.waiting,
  // Left while it works: somebody else goes on with it.
  queued: exits.waiting,
  running: exits.waiting,
};

export const exitOfStatus = (status: RunStatus): number => ofStatus[status];

/** By the area of the code: what was typed, what was refused before anything was paid. The rest failed. */
const ofArea: Readonly<Record<string, number>> = {
  usage: exits.usage,
  input: exits.usage,
  file: exits.usage,
  edit: exits.usage,
  money: exits.usage,
  settings: exits.usage,
  config: exits.usage,
  channel: exits.usage,
  price: exits.refused,
  budget: exits.refused,
  key: exits.refused,
  access: exits.refused,
  claim: exits.refused,
  place: exits.refused,
};

const ofCode: Readonly<Record<string, number>> = {
  'crew.unknown': exits.usage,
  'crew.not-here': exits.usage,
  'crew.no-file': exits.usage,
  'run.unknown': exits.usage,
  'gate.no-comment': exits.usage,
  'gate.long-comment': exits.usage,
  'budget.unknown': exits.usage,
  'budget.choice': exits.usage,
  'budget.high': exits.usage,
  'budget.nothing': exits.usage,
  'budget.scope-unknown': exits.usage,
  'access.member-unknown': exits.usage,
  'access.person-choice': exits.usage,
  'access.team-role-unknown': exits.usage,
  'key.typed': exits.usage,
  'key.unknown': exits.usage,
  'key.choice': exits.usage,
  'key.provider-unknown': exits.usage,
  'key.word-invalid': exits.usage,
  'key.address-invalid': exits.usage,
  'access.admins-invalid': exits.usage,
  'fetch.allow-invalid': exits.usage,
  'gate.nobody': exits.refused,
  // The run waits on: somebody else decides.
  'gate.forbidden': exits.waiting,
};

export function exitOfError(error: unknown): number {
  if (!(error instanceof CrewsmithError)) return exits.failed;
  return ofCode[error.code] ?? ofArea[error.code.split('.', 1)[0] ?? ''] ?? exits.failed;
}
