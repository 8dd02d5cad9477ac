import { DateTime } from 'luxon';
import type { Card, CardAction, CardBlock, CardPart } from '../chat/card.ts';
import { documentBlocks } from '../chat/document-card.ts';
import type { Crew } from '../core/crew.ts';
import type { Document } from '../core/document.ts';
import { formatUsd } from '../core/money.ts';
import type { Gate } from '../store/gates.ts';
import type { RunFacts } from './cards.ts';
import type { Decided } from './gates.ts';

export interface GatePeople {
  /** Who decides, as a sentence names them. */
  readonly deciders: string;
  readonly closedBy: string | null;
  readonly decided: Decided | null;
  /** Where a delivery goes, as a sentence ends with it: `in #sales`, `here`. */
  readonly place: string;
  /** What its step gave beside the document: a reviewer's score, what was removed. */
  readonly beside: readonly CardPart[];
}

/** The gate: what is to be decided, on which draft, by whom, until when. Decided, it says by whom, when and what, and has no buttons. */
export function gateCard(
  facts: RunFacts,
  gate: Gate,
  document: Document,
  sha256: string,
  people: GatePeople,
): Card {
  const open = gate.status === 'open';
  return {
    v: 1,
    title: `${document.title} · ${open ? 'ready for your decision' : statusWords[gate.status]}`,
    tone: open ? 'waiting' : gate.status === 'approved' ? 'good' : 'neutral',
    status: '',
    body: [
      ...documentBlocks(document),
      ...people.beside,
      ...(open ? asks(facts, gate, people) : outcome(facts, gate, people)),
    ],
    actions: open ? decisions(gate) : gate.status === 'expired' ? [again(gate)] : [],
    foot: `draft ${gate.draft} · ${sha256.slice(0, 4)} · ${facts.row.id}`,
  };
}

const statusWords = {
  open: 'ready for your decision',
  approved: 'approved',
  rejected: 'rejected',
  changes: 'changes requested',
  expired: 'expired: nobody decided in time',
  canceled: 'closed without a decision',
} as const satisfies Record<Gate['status'], string>;

const text = (words: string): CardBlock => ({ type: 'text', text: words });

const at = (facts: RunFacts, ms: number, format: string) =>
  DateTime.fromMillis(ms, { zone: facts.zone }).setLocale('en').toFormat(format);

function asks(facts: RunFacts, gate: Gate, { deciders, place }: GatePeople): CardBlock[] {
  const until = at(facts, gate.expires_at, 'ccc d LLL H:mm');
  return [
    text(`Decides: ${deciders} · until ${until}`),
    ...(published(facts.crew, gate) ? [text(`Once approved, it is published ${place}.`)] : []),
  ];
}

/** `✔ Approved by Bo, 14:02`: who, what, when. */
function outcome(facts: RunFacts, gate: Gate, { closedBy, decided, place }: GatePeople): CardBlock[] {
  const by = closedBy === null ? '' : ` by ${closedBy}`;
  const when = at(facts, gate.closed_at ?? facts.now, 'H:mm');
  if (gate.status === 'changes') {
    const said = decided?.comment ? `: "${decided.comment}"` : '';
    return [
      text([`↺ Changes requested${by}, ${when}${said}`, redoText(decided)].filter(Boolean).join(' · ')),
    ];
  }
  if (gate.status === 'approved') {
    const { edited = null } = decided ?? {};
    const what =
      edited === null
        ? `✔ Approved${by}, ${when}`
        : `✎ Edited${by} (${editText(edited)}) and approved, ${when}`;
    return [text(`${what}${published(facts.crew, gate) ? ` · published ${place}` : ''}`)];
  }
  if (gate.status === 'rejected') return [text(`✖ Rejected${by}, ${when}`)];
  return [
    text(
      `${gate.status === 'expired' ? 'Expired: nobody decided in time' : 'Closed without a decision'}, ${when}`,
    ),
  ];
}

const published = (crew: Crew, gate: Gate) =>
  crew.steps.some((step) => step.kind === 'deliver' && step.approved === gate.step);

const editText = ({ added, removed, difference }: NonNullable<Decided['edited']>) =>
  [`+${added} −${removed} words`, ...(difference.lines.length > 0 ? ['see the difference below'] : [])].join(
    ', ',
  );

/** What somebody changed before they approved it, as a message of its own under the gate. */
export function differenceCard(
  facts: RunFacts,
  gate: Gate,
  by: string | null,
  edited: NonNullable<Decided['edited']>,
): Card {
  const { added, removed, difference } = edited;
  const more = difference.isWhole ? [] : [text('There is more: this is the beginning of it.')];
  return {
    v: 1,
    title: `What ${by ?? 'somebody'} changed`,
    tone: 'neutral',
    status: `+${added} −${removed} words`,
    body: [text(difference.lines.join('\n')), ...more],
    actions: [],
    foot: `draft ${gate.draft} · ${facts.row.id}`,
  };
}

function redoText(decided: Decided | null): string {
  if (decided?.redo === null || decided === null) return '';
  const { steps, nano } = decided.redo;
  return `redo of ${steps} ${steps === 1 ? 'step' : 'steps'}, at most ${formatUsd(nano)}`;
}

function decisions(gate: Gate): CardAction[] {
  const press = (
    label: string,
    style: CardAction['style'],
    what: 'approve' | 'reject' | 'edit' | 'changes',
  ): CardAction => ({ label, style, press: { do: what, gate: gate.id, draft: gate.draft } });
  return [
    press('Approve', 'primary', 'approve'),
    press('Edit', 'plain', 'edit'),
    press('Request changes', 'plain', 'changes'),
    press('Reject', 'danger', 'reject'),
  ];
}

const again = (gate: Gate): CardAction => ({
  label: 'Ask again',
  style: 'plain',
  press: { do: 'ask-again', gate: gate.id },
});
