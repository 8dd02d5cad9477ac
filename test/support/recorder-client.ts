import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type Found,
  nothingElsewhere,
  type Surface,
  SurfaceFailure,
  type SurfaceName,
} from '../../src/chat/port.ts';
import type { Arrival, Seen } from './recorder.ts';

/** Everything that arrived at a recorder process. */
export interface Recorded {
  readonly messages: readonly Seen[];
  readonly arrivals: readonly Arrival[];
  readonly mistakes: readonly string[];
}

export interface RecorderProcess {
  readonly url: string;
  all(): Promise<Recorded>;
  /** From now on posts and edits arrive and are not answered. */
  hold(): Promise<void>;
  release(): Promise<void>;
  end(): Promise<void>;
}

export async function startRecorder(): Promise<RecorderProcess> {
  const script = fileURLToPath(new URL('./recorder-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    all: async () => (await (await fetch(`${url}/all`)).json()) as Recorded,
    hold: async () => void (await fetch(`${url}/hold`, { method: 'POST' })),
    release: async () => void (await fetch(`${url}/release`, { method: 'POST' })),
    async end() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

/** The surface that a recorder process at `url` is. */
export function createRecorderClient(
  url: string,
  options: { name?: SurfaceName; editEveryMs?: number } = {},
): Surface {
  async function ask(path: string, body: object): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    } catch {
      throw new SurfaceFailure('The recorder did not answer.', { sent: 'unknown', again: true });
    }
    if (!response.ok) throw new SurfaceFailure(await response.text(), { sent: 'no', again: false });
    return await response.json();
  }

  return {
    name: options.name ?? 'terminal',
    editEveryMs: options.editEveryMs ?? 1_000,
    post: async (card, place, dedupe) =>
      ((await ask('/post', { card, place, dedupe })) as { address: string }).address,
    edit: async (card, place, address) => void (await ask('/edit', { card, place, address })),
    find: async (place, dedupe) => (await ask('/find', { place, dedupe })) as Found,
    sees: () => Promise.resolve(true),
    ...nothingElsewhere,
  };
}
