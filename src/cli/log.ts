import type { Logger } from 'pino';
import type { SurfaceName } from '../chat/port.ts';
import { inertLine } from '../chat/terminal/inert.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import { type Config, secretsIn } from '../config.ts';
import { withoutKeys } from '../core/pasted-key.ts';
import type { Log } from '../main.ts';

/** For whoever runs this program, on standard error. */
export interface OperatorLog extends Log {
  /** The same, each line with the name of a surface. */
  of(surface: SurfaceName): Log;
}

const hidden = '[secret]';
const lineMost = 2_000;
/** Why an error came to be is told so many errors deep. */
const causesMost = 3;

/**
 * Lines at a terminal, else one object of JSON a line. Nothing of what the settings keep secret, and nothing that looks like a
 * provider's key, is in it. pino is imported with the first line.
 */
export function createLog(config: Config, io: Pick<TerminalIO, 'err' | 'interactive'>): OperatorLog {
  const secrets = secretsIn(config).flatMap((secret) => [secret.reveal(), quoted(secret.reveal())]);

  function write(json: string): void {
    const safe = withoutKeys(
      secrets.reduce((text, secret) => text.replaceAll(secret, hidden), json),
      hidden,
    );
    io.err(io.interactive ? `${lineOf(JSON.parse(safe) as Record<string, unknown>)}\n` : safe);
  }

  let opening: Promise<Logger> | undefined;
  async function logger(): Promise<Logger> {
    const { pino } = await import('pino');
    return pino(
      {
        level: config.logLevel,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        serializers: { err: (error: unknown) => told(error, causesMost) },
      },
      { write },
    );
  }

  const about = (more: object): Log => {
    const say = (level: 'warn' | 'error') => (detail: object, says: string) => {
      opening ??= logger();
      void opening.then((made) => made[level]({ ...more, ...detail }, says));
    };
    return { warn: say('warn'), error: say('error') };
  };

  return { ...about({}), of: (surface) => about({ surface }) };
}

/** As it stands within JSON. */
const quoted = (text: string) => JSON.stringify(text).slice(1, -1);

/** Of an error these alone: what a library hangs on one may be a whole request, with its key. */
function told(error: unknown, causes: number): unknown {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, 'code');
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || causes === 0 ? {} : { cause: told(error.cause, causes - 1) }),
  };
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
