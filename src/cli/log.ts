import type { SurfaceName } from '../chat/port.ts';
import { inertLine } from '../chat/terminal/inert.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import { type Config, secretsIn } from '../config.ts';
import type { Log } from '../main.ts';

/** For whoever runs this program, on standard error. */
export interface OperatorLog extends Log {
  /** The same, each line with the name of a surface. */
  of(surface: SurfaceName): Log;
}

type Level = 'warn' | 'error';

const lineMost = 2_000;

/**
 * Lines at a terminal, else one object of JSON a line. Nothing of what the settings keep secret, and nothing that looks like a
 * provider's key, is in it. pino is imported with the first line. Nothing that is said here throws or ends the process.
 */
export function createLog(config: Config, io: Pick<TerminalIO, 'line' | 'interactive'>): OperatorLog {
  function write(json: string): void {
    io.line(io.interactive ? lineOf(JSON.parse(json) as Record<string, unknown>) : json.trimEnd());
  }

  async function open() {
    const { createSafeDetail } = await import('./safe-detail.ts');
    const { pino } = await import('pino');
    const safe = createSafeDetail(secretsIn(config));
    const logger = pino(
      {
        level: config.logLevel,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        serializers: { err: (told: unknown) => told },
      },
      { write },
    );
    return (level: Level, more: object, detail: object, says: string) => {
      const told = safe(detail);
      logger[level]({ ...more, ...(typeof told === 'object' ? told : { detail: told }) }, says);
    };
  }

  let opening: ReturnType<typeof open> | undefined;
  const about = (more: object): Log => {
    const say = (level: Level) => (detail: object, says: string) => {
      opening ??= open();
      opening.then(
        (tell) => tell(level, more, detail, says),
        // The packages were taken away beneath it, or no more files can be opened: it is tried again with the next line.
        () => {
          opening = undefined;
          write(JSON.stringify({ level, ...more, msg: says }));
        },
      );
    };
    return { warn: say('warn'), error: say('error') };
  };

  return { ...about({}), of: (surface) => about({ surface }) };
}

/** What happened and why, for eyes. */
function lineOf({ level, surface, msg, time: _, err, ...rest }: Record<string, unknown>): string {
  const why = typeof err === 'object' && err !== null && 'message' in err ? err.message : err;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${asText(value)}`);
  const all = [...(why === undefined ? [] : [asText(why)]), ...details].join(', ');
  const words = all === '' ? asText(msg) : `${asText(msg)} (${all})`;
  return `  ${asText(surface ?? level).padEnd(8)}  ${inertLine(words).slice(0, lineMost)}`;
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
