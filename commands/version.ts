import packageJson from '../package.json' with { type: 'json' };
import { answer, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';

export const version: CommandSpec = {
  name: 'version',
  summary: 'Which version this is.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'none',
  args: [],
  flags: [json],
  run: () =>
    Promise.resolve(
      reply(answer(`Crewsmith ${packageJson.version}`, [text(`Node ${process.version}`)]), {
        version: packageJson.version,
        node: process.version,
      }),
    ),
};
