import type { CardAction } from '../src/chat/card.ts';
import { isOver } from '../src/core/run.ts';
import type { RunView } from '../src/services/runs/view.ts';

/** What can be pressed under a run that somebody looks at; they lead to the same rows as those of its own cards. */
export function runButtons({ run, status, waiting, erasedAt }: RunView): CardAction[] {
  const stop: CardAction = { label: 'Stop', style: 'danger', press: { do: 'stop', run } };
  if (status === 'completed' || erasedAt !== undefined) return [];
  if (isOver(status)) return [{ label: 'Retry', style: 'plain', press: { do: 'retry', run } }];
  const { gate, draft } = waiting ?? {};
  if (gate === undefined || draft === undefined) return [stop];
  const decide = (
    label: string,
    style: CardAction['style'],
    what: 'approve' | 'edit' | 'changes' | 'reject',
  ): CardAction => ({ label, style, press: { do: what, gate, draft } });
  return [
    decide('Approve', 'primary', 'approve'),
    decide('Edit', 'plain', 'edit'),
    decide('Request changes', 'plain', 'changes'),
    decide('Reject', 'danger', 'reject'),
  ];
}
