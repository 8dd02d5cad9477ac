import type { TerminalIO } from '../chat/terminal/session.ts';
import { exitOfError } from './exit.ts';
import { sayError } from './say.ts';

/** What was typed after `npm run crew --`, or `start`, up to its exit code. Each imports what it needs and nothing before. */
export async function runTerminal(words: readonly string[], io: TerminalIO): Promise<number> {
  const [first, ...rest] = words;
  try {
    // `start --help` is `help start`.
    const isHelp = rest.some((word) => word === '--help' || word === '-h');
    if (first === 'start' && !isHelp) {
      const { start } = await import('./start.ts');
      return await start(rest, io);
    }
    if (first === 'slack' && !isHelp) {
      const { slack } = await import('./slack.ts');
      return await slack(rest, io);
    }
    const { runCommand } = await import('./command.ts');
    return await runCommand(words, io);
  } catch (error) {
    sayError(error, io, words.includes('--json'));
    return exitOfError(error);
  }
}
