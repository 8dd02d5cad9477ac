import type { Tx } from '../../store/port.ts';
import type { Runs } from './load.ts';
import { apply, type EffectHandlers, finish, working } from './working.ts';

export interface DeliveryParts {
  readonly runs: Runs;
  readonly handlers: EffectHandlers;
}

/** The step whose delivery an outbox message is; null for other messages. */
const stepOf = (message: string): string | null => /^delivery:([^:]+):/.exec(message)?.[1] ?? null;

/** A card has arrived: the delivery step is done in the same commit. */
export async function applyDelivery(
  tx: Tx,
  parts: DeliveryParts,
  workspace: string,
  run: string,
  message: string,
  address: string,
): Promise<void> {
  const step = stepOf(message);
  if (step === null) return;
  const work = working(await parts.runs.lock(tx, workspace, run));
  if (apply(parts.runs, work, { type: 'done', step, output: { sentTo: address } })) {
    await finish(tx, parts.runs, parts.handlers, work);
  }
}

/** A card could not be delivered: a retry sends it again, nothing is paid anew. */
export async function failDelivery(
  tx: Tx,
  parts: DeliveryParts,
  workspace: string,
  run: string,
  message: string,
  says: string,
): Promise<void> {
  const step = stepOf(message);
  if (step === null) return;
  const work = working(await parts.runs.lock(tx, workspace, run));
  const failure = { code: 'delivery.failed', says, reason: 'delivery' as const };
  if (apply(parts.runs, work, { type: 'failed', step, failure }))
    await finish(tx, parts.runs, parts.handlers, work);
}
