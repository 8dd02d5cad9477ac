import { slackManifest } from '../../commands/of-program.ts';
import { matchWords, usageOf } from '../../commands/words.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import { CrewsmithError } from '../errors.ts';
import { exits } from './exit.ts';

/** `slack manifest`: prints what Slack is told of the app. With an address, Slack sends there instead of over a socket. */
export async function slack(words: readonly string[], io: TerminalIO): Promise<number> {
  const [what, ...rest] = words;
  const wrong = (why: string) =>
    new CrewsmithError('usage.wrong', { why, usage: usageOf(slackManifest, 'terminal') });
  if (what !== 'manifest') throw wrong('"slack" knows the word manifest alone.');
  const given = matchWords(slackManifest, rest, 'terminal').flag('url');
  const url = given === null ? null : URL.parse(given);
  if (given !== null && url === null) throw wrong(`"${given.slice(0, 100)}" is not an address.`);
  const { manifestYaml } = await import('../chat/slack/manifest.ts');
  io.out(manifestYaml(url === null ? null : url.origin));
  return exits.completed;
}
