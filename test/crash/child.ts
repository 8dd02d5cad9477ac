/**
 * The program under test as a process of its own: `node test/crash/child.ts ORDER`, an `Order` as JSON. It owns the data folder,
 * asks for one `research` run if there is none, takes it up otherwise, approves at its gate, and leaves once the run rests and
 * every card is sent. Its last line is an `Ending` as JSON, or the point at which it died.
 */
import { readConfig } from '../../src/config.ts';
import { normalizeInputs } from '../../src/core/input.ts';
import { isOver } from '../../src/core/run.ts';
import { Secret } from '../../src/core/secret.ts';
import { type App, openApp } from '../../src/main.ts';
import { createCrews } from '../../src/services/crews.ts';
import type { RunView } from '../../src/services/runs/index.ts';
import { db } from '../../src/store/db.ts';
import { ownStore } from '../../src/store/owner.ts';
import { createRecorderClient } from '../support/recorder-client.ts';
import { createFaults, faultyFetch, faultyStore, faultySurface, type PointKind } from './faults.ts';

export interface Order {
  /** The settings, as `.env` would say them. */
  readonly settings: Readonly<Record<string, string>>;
  /** The website that `research` is asked about. */
  readonly site: string;
  /** Where the recorder process listens. */
  readonly recorder: string;
  readonly die: number | string | null;
  /** Decides only once every card stands, as somebody does who sees them. */
  readonly patient: boolean;
  /** A key that is added before the work begins. */
  readonly add: string | null;
  /** What an admin does while the second call of this process is in flight; `rotate`: to this key. */
  readonly meanwhile: { readonly revoke: true } | { readonly rotate: string } | null;
}

export interface Ending {
  readonly run: string;
  readonly status: RunView['status'];
  readonly waitingFor: string | null;
  /** Errors that the program logged, and what it said at its start. */
  readonly said: readonly string[];
  readonly points: Readonly<Record<PointKind, number>>;
}

const order = JSON.parse(process.argv[2] ?? '') as Order;
const config = readConfig(order.settings, '/');
const owner = ownStore({ home: config.home });
if (!owner.owned) throw new Error('the process before this one still lives');

// The clock's timers alone do not keep a process.
const alive = setInterval(() => {}, 2 ** 30);
const faults = createFaults(order.die);
const logged: string[] = [];
const log = (detail: object, says: string) => void logged.push(`${says}: ${JSON.stringify(detail)}`);
const calls = meanwhile(faultyFetch(new URL(config.providers.openai.baseUrl ?? '').origin, faults));
const app = await openApp(config, {
  surfaces: [faultySurface(createRecorderClient(order.recorder, { editEveryMs: 25 }), faults)],
  fetch: calls.fetch,
  store: (store) => faultyStore(store, faults),
  log: { warn: log, error: log },
});

const { workspace, local, runs } = app;
const admin = { workspace, actor: local.member };
if (order.add !== null) {
  const asked = {
    label: null,
    environment: 'production',
    baseUrl: config.providers.openai.baseUrl,
    scope: {},
  };
  await app.keys.add({ ...admin, ...asked, provider: 'openai', secret: new Secret(order.add) });
}
for (const [scope, window] of [
  ['', 'month'],
  ['crew:research', 'day'],
] as const) {
  const budgets = await app.budgets.show(workspace);
  if (budgets.some((b) => b.scope === scope)) continue;
  await app.budgets.set({ ...admin, scope, window, limitNano: 20_000_000_000n });
}
await app.start({ only: null });
const run = (await runs.list(workspace, 1))[0]?.run ?? (await ask());
const view = await untilItRests(run);
await calls.done();
await untilSent(app);
await app.stop();
owner.release();
clearInterval(alive);
const ending: Ending = {
  run,
  status: view.status,
  waitingFor: view.waiting?.for ?? null,
  said: [...app.said, ...logged],
  points: faults.counts(),
};
process.stdout.write(`${JSON.stringify(ending)}\n`);

async function ask(): Promise<string> {
  const crew = (await createCrews({ own: null })).find('research');
  const started = await runs.start({
    workspace,
    channel: local.channel,
    surface: 'terminal',
    thread: null,
    member: local.member,
    crew,
    input: normalizeInputs(crew, { company: order.site }),
    dedupe: 'asked-once',
    client: null,
    environment: 'production',
    maxNano: null,
    priceAgreed: true,
    evenIfNobody: true,
  });
  return started.run.id;
}

/** Stays with the run, approves at its gates, and asks again for an answer that was lost too often. */
async function untilItRests(id: string): Promise<RunView> {
  let looked = false;
  for (;;) {
    const changed = Promise.withResolvers<void>();
    const unwatch = runs.watch(id, () => changed.resolve());
    const now = await runs.view(workspace, id);
    const waiting = now.waiting;
    if (waiting?.for === 'approval') await approve(waiting);
    else if (now.failure?.code === 'provider.lost') await runs.retry(workspace, id, false);
    else if (isOver(now.status) || (waiting?.for === 'key' && looked)) return now;
    // What waited for a key at the start is looked at anew first.
    else if (waiting?.for === 'key') await app.engine.idle();
    else await changed.promise;
    looked = waiting?.for === 'key';
    unwatch();
  }
}

async function approve({ gate, draft }: NonNullable<RunView['waiting']>): Promise<void> {
  const press = {
    workspace,
    gate: gate ?? '',
    draft: draft ?? 0,
    member: local.member,
    surface: 'terminal' as const,
  };
  if (order.patient) await untilSent(app);
  await faults.labeled('decide', () => app.gates.decide({ ...press, decision: { do: 'approve' } }));
}

/** Does what `meanwhile` orders while the second call is in flight, between its answer and the first byte that the program sees. */
function meanwhile(fetch: typeof globalThis.fetch) {
  let n = 0;
  let doing: Promise<unknown> = Promise.resolve();

  async function act(): Promise<unknown> {
    if (order.meanwhile === null) return;
    if ('revoke' in order.meanwhile)
      return await faults.labeled('revoke', () => app.keys.revoke({ ...admin, words: 'openai', all: true }));
    const secret = new Secret(order.meanwhile.rotate);
    return await faults.labeled('rotate', () => app.keys.rotate({ ...admin, words: 'openai', secret }));
  }

  return {
    fetch: async (input, init) => {
      const isCall = init?.method?.toLowerCase() === 'post';
      if (isCall) n += 1;
      const mine = isCall ? n : 0;
      const response = await fetch(input, init);
      if (mine === 2) {
        doing = act();
        await doing;
      }
      return response;
    },
    done: () => doing,
  } satisfies { fetch: typeof globalThis.fetch; done: () => Promise<unknown> };
}

async function untilSent({ engine, store }: App): Promise<void> {
  for (;;) {
    await engine.idle();
    const open = await store.read((tx) =>
      db(tx).selectFrom('outbox').select('id').where('state', 'in', ['pending', 'sending']).execute(),
    );
    if (open.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
