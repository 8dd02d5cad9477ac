import { CrewsmithError } from '../src/errors.ts';
import { arg, flag, onOff } from './cards.ts';
import type { CommandSpec } from './port.ts';

const common = {
  role: 'owner',
  of: 'workspace',
  surfaces: 'terminal',
  reply: 'private',
  data: 'none',
  run: () => Promise.reject(new CrewsmithError('internal.impossible', { what: 'a command of the program' })),
} as const;

export const start: CommandSpec = {
  ...common,
  name: 'start',
  summary: 'Serves the page and works on every run until Ctrl-C; with a website it shows a first run here.',
  args: [arg('site', 'a website for a first run', { required: false })],
  flags: [
    onOff('once', 'End when the first run is at rest, with its exit code.'),
    onOff('approve', 'Approve at the gate of the first run.'),
  ],
};

export const slackManifest: CommandSpec = {
  ...common,
  name: 'slack manifest',
  summary: 'Prints the manifest of the Slack app, with what each scope is for.',
  args: [],
  flags: [flag('url', 'https://crewsmith.example.com', 'Slack sends there, instead of over a socket.')],
};

/** What the program itself does before there is a house; help tells of it like of any command. */
export const ofProgram: readonly CommandSpec[] = [start, slackManifest];
