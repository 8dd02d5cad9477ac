import type { SurfaceName } from '../../chat/port.ts';
import type { Clock } from '../../clock.ts';
import type { Crew } from '../../core/crew.ts';
import type { Json } from '../../core/json.ts';
import { formatUsd, plainUsd } from '../../core/money.ts';
import { CrewsmithError } from '../../errors.ts';
import type { Prices } from '../../providers/prices-when-needed.ts';
import type { Queue } from '../../queue/port.ts';
import type { Store, Tx } from '../../store/port.ts';
import { claimRequest } from '../../store/requests.ts';
import type { Run } from '../../store/runs.ts';
import type { Aliases } from '../aliases.ts';
import type { DeciderCheck } from '../deciders.ts';
import type { Ids } from '../ids.ts';
import type { Outbox } from '../outbox.ts';
import type { Settings } from '../settings.ts';
import type { Frozen, Runs } from './load.ts';
import { type LikelyCosts, priceOf, type RunPrice } from './price.ts';
import { apply, type EffectHandlers, finish, type Working, working } from './working.ts';

/** Someone asks for a run. */
export interface Ask {
  readonly workspace: string;
  readonly channel: { readonly id: string; readonly native: string };
  /** Where it stays, by the surface's own address; null: in a thread of its own. */
  readonly thread: string | null;
  readonly surface: SurfaceName;
  readonly member: string;
  readonly crew: Crew;
  /** Checked and normalized by `normalizeInput`. */
  readonly input: Readonly<Record<string, Json>>;
  /** Unique on its surface: the same request never starts a second run (rule S2). */
  readonly dedupe: string;
  readonly client: string | null;
  readonly environment: string;
  /** The run may cost this at most; null: its worst case. */
  readonly maxNano: bigint | null;
  /** A person has agreed to the price. */
  readonly priceAgreed: boolean;
  /** A person wants it although nobody can decide on it yet (rule G3). */
  readonly evenIfNobody: boolean;
}

export interface Started {
  readonly run: Run;
  readonly price: RunPrice;
}

export interface StartParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly runs: Runs;
  readonly queue: Queue;
  readonly outbox: Outbox;
  readonly aliases: Aliases;
  readonly prices: Prices;
  readonly settings: Settings;
  readonly deciders: Pick<DeciderCheck, 'openToNobody'>;
  readonly handlers: EffectHandlers;
  readonly likely: LikelyCosts;
  readonly frozen: (crew: Crew) => Frozen;
  /** Takes the run's first step to a worker in the same commit, where one is free. */
  readonly goOn: (tx: Tx, work: Working) => Promise<void>;
}

/** What a run would cost, without starting it. */
export async function priceRun(parts: StartParts, ask: Ask): Promise<RunPrice> {
  return await parts.store.read((tx) => priceIn(tx, parts, ask));
}

/**
 * Freezes the crew into a run and saves it with its first jobs and cards in one commit. Throws `price.ask` when the price is
 * above the workspace's `ask-above` and nobody has agreed, `gate.nobody` when nobody could decide on it, `request.repeated` for a request that has its run already.
 */
export async function startRun(parts: StartParts, ask: Ask): Promise<Started> {
  return await parts.store.transact(async (tx) => {
    const now = parts.clock.now();
    const price = await priceIn(tx, parts, ask);
    await somebodyDecides(tx, parts, ask);
    await agree(tx, parts, ask, price);
    const id = parts.ids.next('run');
    const request = await claimRequest(tx, {
      id: parts.ids.next('request'),
      workspace_id: ask.workspace,
      surface: ask.surface,
      dedupe: ask.dedupe,
      kind: 'command',
      body: JSON.stringify({ crew: ask.crew.name }),
      received_at: now,
      state: 'done',
      run_id: id,
    });
    if (request === null) throw new CrewsmithError('request.repeated', {});
    const cap = ask.maxNano !== null && ask.maxNano < price.worstNano ? ask.maxNano : price.worstNano;
    const row: Run = {
      id,
      workspace_id: ask.workspace,
      channel_id: ask.channel.id,
      surface: ask.surface,
      thread: ask.thread,
      request_id: request,
      crew_name: ask.crew.name,
      ...parts.frozen(ask.crew),
      input: JSON.stringify(ask.input),
      client: ask.client,
      environment: ask.environment,
      asked_by: ask.member,
      status: 'queued',
      waiting_for: null,
      cap_nano: Number(cap),
      cap_used_nano: 0,
      sandbox: price.sandbox && price.withoutKey.length === 0 ? 1 : 0,
      failure: null,
      created_at: now,
      started_at: null,
      ended_at: null,
      erased_at: null,
      version: 1,
    };
    const work = { ...working(await parts.runs.insert(tx, row, ask.crew)), isNew: true };
    apply(parts.runs, work, { type: 'start' });
    await parts.goOn(tx, work);
    await finish(tx, parts.runs, parts.handlers, work);
    return { run: row, price };
  });
}

const priceIn = (tx: Tx, parts: StartParts, ask: Ask) =>
  priceOf(
    tx,
    parts,
    ask.crew,
    {
      workspace: ask.workspace,
      channel: ask.channel.id,
      crew: ask.crew.name,
      environment: ask.environment,
      sandboxRun: false,
    },
    parts.clock.now(),
  );

/** Rule G3: before anything is paid for what nobody can let out. */
async function somebodyDecides(tx: Tx, { deciders }: StartParts, ask: Ask): Promise<void> {
  if (ask.evenIfNobody) return;
  const { workspace, channel, surface, member: asker, crew } = ask;
  const gate = await deciders.openToNobody(tx, { workspace, channel: channel.id, surface, asker }, crew);
  if (gate !== null) throw new CrewsmithError('gate.nobody', { step: gate.id, crew: crew.name });
}

/** Rule M3: the likely price once it is known, before that the worst, is compared with `ask-above`. */
async function agree(tx: Tx, parts: StartParts, ask: Ask, price: RunPrice): Promise<void> {
  if (ask.priceAgreed || ask.maxNano !== null) return;
  const { askAboveNano } = await parts.settings.get(tx, ask.workspace);
  const expected = price.likelyNano ?? price.worstNano;
  if (expected <= askAboveNano) return;
  throw new CrewsmithError('price.ask', {
    worst: formatUsd(price.worstNano),
    likely: price.likelyNano === null ? null : formatUsd(price.likelyNano),
    above: plainUsd(askAboveNano),
  });
}
