import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from '../../src/config.ts';
import { type RecordedCall, startOpenAI } from '../support/openai.ts';
import type { Seen } from '../support/recorder.ts';
import { startRecorder } from '../support/recorder-client.ts';
import { startSite } from '../support/site.ts';
import type { Ending, Order } from './child.ts';
import type { Point } from './faults.ts';

/** How a process ended: by itself, or where it died. */
export type Outcome = { readonly ended: Ending } | { readonly died: Point };

/** A data folder with a key of its own, and everything outside that outlives the processes which work on it. */
export interface Trial {
  readonly config: Config;
  readonly database: string;
  /** Starts the program and waits until its process is gone. */
  go(order?: Partial<Order>): Promise<Outcome>;
  /** The calls that the provider has taken, on whichever key of this trial. */
  calls(): readonly RecordedCall[];
  /** Lets the provider take one more key for this trial. */
  newKey(): string;
  /** What stands on the surface, in the order of posting. */
  cards(run: string): Promise<readonly Seen[]>;
  end(): Promise<void>;
}

export interface Stage {
  trial(): Promise<Trial>;
  /** What site, provider and surface would never have been asked. */
  mistakes(): Promise<readonly string[]>;
  end(): Promise<void>;
}

const script = fileURLToPath(new URL('./child.ts', import.meta.url));
/** As the program starts, with what was compiled before. */
const boot = new URL('../../src/boot.js', import.meta.url).href;
/** Only a process that hangs lives so long. */
const longestMs = 60_000;

/** The world around the program: a website, the provider and the surface, none of them in its process. */
export async function openStage(): Promise<Stage> {
  const [site, openai, recorder] = await Promise.all([startSite(), startOpenAI(), startRecorder()]);
  let keys = 0;

  async function trial(): Promise<Trial> {
    const home = await mkdtemp(join(tmpdir(), 'crewsmith-crash-'));
    const own: string[] = [];
    const newKey = () => {
      keys += 1;
      const key = `test-key-of-trial-${keys}-0123456789abcdef`;
      openai.accept(key);
      own.push(key);
      return key;
    };
    const settings = {
      CREWSMITH_HOME: home,
      CREWSMITH_FETCH_ALLOW: site.host,
      OPENAI_API_KEY: newKey(),
      OPENAI_BASE_URL: openai.baseUrl,
    };
    return {
      config: readConfig(settings, '/'),
      database: join(home, 'crewsmith.db'),
      newKey,
      calls: () => openai.calls.filter((call) => own.includes(call.key)),
      go: (order = {}) =>
        outcomeOf({
          ...{ settings, site: site.host, recorder: recorder.url },
          ...{ die: null, patient: false, add: null, meanwhile: null },
          ...order,
        }),
      cards: async (run) => (await recorder.all()).messages.filter((m) => m.dedupe.startsWith(`${run}:`)),
      end: () => rm(home, { recursive: true, force: true }),
    };
  }

  return {
    trial,
    mistakes: async () => [...openai.mistakes, ...(await recorder.all()).mistakes],
    end: async () => void (await Promise.all([site.close(), openai.close(), recorder.end()])),
  };
}

async function outcomeOf(order: Order): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', boot, script, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, TMPDIR: tmpdir() },
    timeout: longestMs,
  });
  const [[code, signal], said, failed] = await Promise.all([
    once(child, 'exit') as Promise<[number | null, string | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  const last = JSON.parse(said.trim().split('\n').at(-1) || '{}') as Ending | { died: Point };
  if ('died' in last && signal === 'SIGKILL') return last;
  if ('run' in last && code === 0) return { ended: last };
  throw new Error(`the program ended with ${code ?? signal} and said: ${said}${failed}`);
}
