import { createHash } from 'node:crypto';
import type { Crew } from '../core/crew.ts';
import type { Document } from '../core/document.ts';
import type { Store, Tx } from '../store/port.ts';
import {
  approvedDrafts,
  type Delivery,
  decisionsToCheck,
  deliveriesAfter,
  documentsAfter,
} from '../store/verify.ts';
import type { Anchor, Audit } from './audit.ts';
import { deliveryCard } from './cards.ts';
import { type Check, checked, paged } from './verify-check.ts';
import { checkMoney, type Overrun } from './verify-money.ts';

export type { Check, Overrun };

export interface Verification {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly overruns: readonly Overrun[];
  /** The newest audit row: kept elsewhere and given to a later check, it proves that nothing before it is gone (rule A1). */
  readonly anchor: Anchor;
}

export interface Verify {
  /** Recomputes the books of a workspace from their rows, on one snapshot. Changes nothing. */
  verify(workspace: string, anchor?: Anchor): Promise<Verification>;
}

export function createVerify(parts: { store: Store; audit: Audit }): Verify {
  return {
    verify: (workspace, anchor) =>
      parts.store.read(async (tx) => {
        const money = await checkMoney(tx, workspace);
        const checks = [
          ...money.checks,
          await checkDocuments(tx, workspace),
          await checkDeliveries(tx, workspace),
          await checkDecisions(tx, workspace),
          await checkAudit(tx, parts.audit, workspace, anchor),
        ];
        const head = await parts.audit.head(tx, workspace);
        return { ok: checks.every((c) => c.ok), checks, overruns: money.overruns, anchor: head };
      }),
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Rule G1. */
async function checkDocuments(tx: Tx, workspace: string): Promise<Check> {
  let count = 0;
  const faults: string[] = [];
  for await (const documents of paged((after, most) => documentsAfter(tx, workspace, after, most))) {
    count += documents.length;
    for (const { id, body, sha256: hash } of documents) {
      if (sha256(body) !== hash) faults.push(`the text of ${id} is not the one that was hashed`);
    }
  }
  return checked('documents', count, 'Every draft is the text that was hashed.', faults);
}

/** Rule G1: what goes out is drawn from the bytes of a draft that somebody approved, and from nothing else. */
async function checkDeliveries(tx: Tx, workspace: string): Promise<Check> {
  let count = 0;
  const faults: string[] = [];
  for await (const deliveries of paged((after, most) => deliveriesAfter(tx, workspace, after, most))) {
    count += deliveries.length;
    for (const delivery of deliveries) {
      const fault = await deliveryFault(tx, workspace, delivery);
      if (fault !== null) faults.push(fault);
    }
  }
  return checked('deliveries', count, 'Every delivery is the draft that was approved.', faults);
}

async function deliveryFault(tx: Tx, workspace: string, delivery: Delivery): Promise<string | null> {
  const [, step, draft] = /^delivery:([^:]+):(\d+)$/.exec(delivery.message) ?? [];
  const { steps } = JSON.parse(delivery.crew) as Crew;
  const definition = steps.find((s) => s.id === step);
  const gate = definition?.kind === 'deliver' ? definition.approved : null;
  const approved = (await approvedDrafts(tx, workspace, delivery.run_id)).find(
    (d) => d.step === gate && d.draft === Number(draft),
  );
  if (approved === undefined) return `${delivery.id} delivers a draft that nobody approved`;
  const card = deliveryCard(JSON.parse(approved.body) as Document, approved.sha256, delivery.run_id);
  return delivery.payload === JSON.stringify(card)
    ? null
    : `${delivery.id} says something else than its draft`;
}

async function checkDecisions(tx: Tx, workspace: string): Promise<Check> {
  const decisions = await decisionsToCheck(tx, workspace);
  const faults = decisions
    .filter((d) => d.document === null)
    .map((d) => `${d.id} is on draft ${d.draft} of ${d.gate_id}, which does not exist`);
  return checked('decisions', decisions.length, 'Every decision is on a draft that exists.', faults);
}

/** Rule A1. */
async function checkAudit(tx: Tx, audit: Audit, workspace: string, anchor?: Anchor): Promise<Check> {
  const verdict = await audit.verify(tx, workspace, anchor);
  if (!verdict.ok) return checked('audit', verdict.seq, '', [verdict.why.replace(/\.$/, '')]);
  const upTo = verdict.proven === null ? 'no anchor was given' : `proven up to row ${verdict.proven}`;
  return checked('audit', verdict.rows, `The chain is whole; ${upTo}.`, []);
}
