import { nextDigestAfter, sameDayIn } from '../core/weeks.ts';
import { findSchedule, putSchedule } from '../store/digests.ts';
import type { Tx } from '../store/port.ts';

export const digestKind = 'digest';

/** A workspace has one. */
export const digestScheduleOf = (workspace: string) => `schedule_digest_${workspace}`;

/** When a digest is due, as people who read the table understand it; `next_at` decides (rule Q5). */
const mondayAtNine = '0 9 * * 1';

/**
 * Brings the schedule in line with what is set. A digest that is due keeps its day when the zone changes, so that no week is told of twice
 * or not at all.
 */
export async function followSettings(
  tx: Tx,
  set: {
    readonly workspace: string;
    readonly actor: string;
    readonly now: number;
    readonly zone: string;
    readonly channel: string | null;
  },
): Promise<void> {
  const { workspace, now, zone, channel } = set;
  const id = digestScheduleOf(workspace);
  const before = await findSchedule(tx, workspace, id);
  if (before === undefined && channel === null) return;
  const goesOn = before !== undefined && before.removed_at === null;
  await putSchedule(tx, {
    id,
    workspace_id: workspace,
    kind: digestKind,
    expression: mondayAtNine,
    zone,
    payload: JSON.stringify({ channel }),
    next_at: goesOn ? sameDayIn(before.next_at, before.zone, zone) : nextDigestAfter(now, zone),
    created_by: set.actor,
    created_at: now,
    removed_at: channel === null ? now : null,
  });
}
