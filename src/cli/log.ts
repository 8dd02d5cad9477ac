import type { TerminalIO } from '../chat/terminal/session.ts';
import type { Config } from '../config.ts';
import { inertLine } from '../core/inert.ts';
import type { Log } from '../main.ts';

const whyMost = 2_000;

/** What an operator reads of what goes wrong: a sentence a line on standard error, and why. `part` says of what it is. */
export function createLog(io: Pick<TerminalIO, 'err'>, level: Config['logLevel'], part: string): Log {
  const line = (detail: object, says: string) => {
    const why = Object.values(detail)
      .filter((one) => one !== undefined && one !== null)
      .map((one) => (one instanceof Error ? one.message : JSON.stringify(one)));
    const told = inertLine(why.join(', ')).slice(0, whyMost);
    io.err(`  ${part.padEnd(10)}${says}${told === '' ? '' : ` (${told})`}\n`);
  };
  const isSilent = level === 'silent' || level === 'fatal';
  return {
    warn: isSilent || level === 'error' ? () => {} : line,
    error: isSilent ? () => {} : line,
  };
}
