import { expect } from 'vitest';
import { expectWhole, type Whole } from './check.ts';
import type { Ending } from './child.ts';
import { type Point, type PointKind, pointKinds } from './faults.ts';
import type { Stage } from './stage.ts';

/** What came of one run that was killed at one point and taken up again. */
export interface Tried {
  /** Null: it ended before it got there. */
  readonly point: Point | null;
  readonly ending: Ending;
  readonly whole: Whole;
}

/**
 * The points that a run passes on a machine of any speed. Fewer would mean that something is no longer committed, sent or shown.
 * Calls are as many in each run: 6 of them. 14 commits move the run and what is set up before it; those of the outbox are shared
 * by the cards that happen to wait together, 6 at the least. 6 cards are posted, 2 of them edited once more at the end; edits in
 * between are left out when the next has come already.
 */
const fewestPoints: Readonly<Record<PointKind, number>> = { commit: 40, send: 12, byte: 30, card: 16 };

/** The points of a run that nothing has harmed, and how many they are. */
export function countPoints(all: readonly Tried[]): {
  of: Readonly<Record<PointKind, number>>;
  count: number;
} {
  const unharmed = all.find((tried) => tried.point === null);
  if (unharmed === undefined) throw new Error('every run was killed');
  const of = unharmed.ending.points;
  for (const kind of pointKinds) expect(of[kind], kind).toBeGreaterThanOrEqual(fewestPoints[kind]);
  return { of, count: pointKinds.reduce((sum, kind) => sum + of[kind], 0) };
}

/** Runs the program on a new data folder, kills it at its n-th point, starts it again and looks at everything. */
export async function tryPoint(stage: Stage, n: number): Promise<Tried> {
  const trial = await stage.trial();
  try {
    const first = await trial.go({ die: n });
    const last = 'died' in first ? await trial.go() : first;
    if (!('ended' in last)) throw new Error('nothing was to kill it the second time');
    expect(last.ended.status).toBe('completed');
    const point = 'died' in first ? first.died : null;
    return { point, ending: last.ended, whole: await expectWhole(trial, last.ended.run) };
  } catch (error) {
    throw new Error(`killed at point ${n}`, { cause: error });
  } finally {
    await trial.end();
  }
}

/** Side by side, on as many cores as a small machine has. */
const lanes = 2;
/** More than so many say nothing new. */
const failedMost = 20;

/** Tries points until there are no more, or until one lies beyond the end of the run. Throws what failed when all are tried. */
export async function tryPoints(stage: Stage, points: Iterable<number>): Promise<readonly Tried[]> {
  const left = points[Symbol.iterator]();
  const all: Tried[] = [];
  const failed: unknown[] = [];
  let over = false;
  const lane = async () => {
    for (let next = left.next(); !next.done && !over; next = left.next()) {
      try {
        const tried = await tryPoint(stage, next.value);
        all.push(tried);
        over ||= tried.point === null;
      } catch (error) {
        failed.push(error);
        over ||= failed.length === failedMost;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failed.length === 0) return all;
  const [first] = failed;
  throw new Error(`${failed.map((error) => String(error)).join(', ')}; the first:`, { cause: first });
}

/** Points by kind with what came of them. */
export function tableOf(all: readonly Tried[]): string {
  const rows = [...pointKinds, null].map((kind) => {
    const of = all.filter((t) => (t.point?.kind ?? null) === kind);
    const sum = (one: (whole: Whole) => number) => of.reduce((total, { whole }) => total + one(whole), 0);
    return [kind ?? 'unharmed', of.length, sum((w) => w.lost), sum((w) => w.requests - w.turns)];
  });
  const head = ['killed at', 'completed', 'calls lost', 'calls repeated'];
  return [head, ...rows]
    .map((row) => row.map((cell, i) => String(cell)[i === 0 ? 'padEnd' : 'padStart'](15)).join(''))
    .join('\n');
}
