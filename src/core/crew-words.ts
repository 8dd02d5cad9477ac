import type { InputType, ToolName } from './crew.ts';

/** First words after `/crew` and in the terminal; a crew may not be named like one. */
export const reservedWords = [
  ...[
    'help',
    'list',
    'run',
    'runs',
    'retry',
    'stop',
    'keys',
    'spend',
    'budget',
    'access',
    'settings',
    'digest',
    'doctor',
  ],
  ...['models', 'policy', 'audit', 'schedule', 'pause', 'resume', 'export'],
  ...[
    'cancel',
    'status',
    'decide',
    'version',
    'start',
    'open',
    'crews',
    'verify',
    'master',
    'slack',
    'discord',
  ],
] as const;

/** Flags of every crew command; an input may not be named like one. */
export const reservedInputs = ['client', 'max', 'approve', 'reject', 'json', 'help'] as const;

/** Model aliases a crew may name; each workspace maps them to its own models. */
export const modelAliases = ['smart', 'fast'] as const;

/** Tools that exist. */
export const toolNames = ['web.fetch', 'web.search'] as const satisfies readonly ToolName[];

export const inputTypes = [
  ...['website', 'text', 'number', 'integer', 'boolean', 'date', 'url', 'choice', 'user', 'channel', 'file'],
] as const satisfies readonly InputType[];

export const approverRoles = ['member', 'approver', 'admin', 'owner'] as const;
export const approverWords = ['channel-approvers', 'anyone-in-channel', ...approverRoles] as const;
export const requesterWords = ['may', 'if-alone', 'never'] as const;

/** Crews, inputs, agents and steps. Discord refuses other names of commands and options. */
export const namePattern = /^[a-z][a-z0-9-]{0,31}$/;

/** From and to, both included; times in ms. Rule M2: every step is bounded. */
export const bounds = {
  turns: [1, 20],
  input: [1_000, 400_000],
  output: [100, 32_000],
  searches: [0, 20],
  time: [5_000, 900_000],
  expires: [300_000, 90 * 86_400_000],
} as const satisfies Record<string, readonly [number, number]>;

/** How many of each a crew may have. */
export const most = { steps: 30, agents: 20, inputs: 10, types: 50, instructions: 50_000 } as const;
