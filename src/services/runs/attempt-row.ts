import type { Rates } from '../../core/money.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { Claim, HoldParts } from './hold.ts';
import type { SaidRecord } from './turn.ts';
import type { Working } from './working.ts';

/** The hold of a call, before it is known what becomes of it. */
export function attemptRow(
  parts: HoldParts,
  work: Working,
  c: Claim,
  m: { now: number; nano: bigint | null; inputBound: number; outputBound: number; rates: Rates | null },
): Attempt {
  const { row } = work.loaded;
  const { kind, call, said: items, repair } = c.turn;
  const said: SaidRecord = { v: 1, kind, items, ...(call === null ? {} : { call }) };
  return {
    id: parts.ids.next('attempt'),
    workspace_id: row.workspace_id,
    run_id: row.id,
    step: c.stepId,
    item: '',
    round: c.round,
    turn: c.turn.turn,
    purpose: kind === 'search' ? 'search' : repair ? 'repair' : 'turn',
    owner: parts.owner,
    state: 'held',
    provider: c.entry.provider,
    model: c.entry.model,
    alias: c.alias,
    key_id: c.entry.key?.keyId ?? null,
    key_version_id: c.entry.key?.versionId ?? null,
    key_label: c.entry.key?.label ?? '',
    environment: c.entry.key?.environment ?? row.environment,
    hold_nano: m.nano === null ? null : Number(m.nano),
    input_bound: m.inputBound,
    output_bound: m.outputBound,
    price: m.rates === null ? null : priceText(m.rates),
    said: JSON.stringify(said),
    reply: null,
    finish: null,
    failure: null,
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_write_tokens: null,
    reasoning_tokens: null,
    searches: null,
    cost_nano: null,
    overrun: 0,
    held_at: m.now,
    ended_at: null,
  };
}

const priceText = (rates: Rates) =>
  JSON.stringify(rates, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
