import type { TerminalIO } from '../chat/terminal/session.ts';
import { CrewsmithError } from '../errors.ts';
import { exits } from './exit.ts';

const usage = 'slack manifest [--url https://crewsmith.example.com]';

/** `slack manifest`: prints what Slack is told of the app. With an address, Slack sends there instead of over a socket. */
export async function slack(words: readonly string[], io: TerminalIO): Promise<number> {
  if (words.includes('--help')) {
    io.out(`Prints the manifest of the Slack app, with what each scope is for.\nUsage: ${usage}\n`);
    return exits.completed;
  }
  const [what, flag, given, ...more] = words.flatMap((word) =>
    word.startsWith('--url=') ? ['--url', word.slice(6)] : [word],
  );
  const url = given === undefined ? null : URL.parse(given);
  const wrong =
    what !== 'manifest' || more.length > 0 || (flag !== undefined && (flag !== '--url' || url === null));
  if (wrong)
    throw new CrewsmithError('usage.wrong', { why: '"slack" knows the word manifest alone.', usage });
  const { manifestYaml } = await import('../chat/slack/manifest.ts');
  io.out(manifestYaml(url === null ? null : url.origin));
  return exits.completed;
}
