import type { Card } from '../chat/card.ts';
import type { SurfaceName } from '../chat/port.ts';
import { nextDigestAfter, type Week, weekBefore, weeksDue } from '../core/weeks.ts';
import { CrewsmithError } from '../errors.ts';
import {
  findSchedule,
  insertDigest,
  lockSchedule,
  moveSchedule,
  newestDigest,
  type Schedule,
  schedulesToDo,
} from '../store/digests.ts';
import { type Channel, findChannel } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { DigestFactsParts } from './digest-facts.ts';
import { digestKind, digestScheduleOf } from './digest-schedule.ts';
import type { Outbox } from './outbox.ts';

export interface Digests {
  /** Sends what is due now (rule Q5). Never rejects: what fails is tried again a minute later. */
  tick(): Promise<void>;
  /** Looks in a moment, so that what was due while nothing ran is told of, and then at each full minute. */
  start(): void;
  stop(): Promise<void>;
  /** Sends the digest of the last full week to the channel that is set, else to `here`. One request sends one. */
  sendNow(ask: {
    readonly workspace: string;
    readonly here: string;
    readonly dedupe: string;
  }): Promise<{ readonly week: Week; readonly channel: { readonly name: string } }>;
  /** The digest of the last full week, for who asks for it where none could be sent. */
  ofLastWeek(workspace: string): Promise<{ readonly week: Week; readonly card: Card }>;
  state(workspace: string): Promise<DigestState>;
}

export interface DigestState {
  readonly zone: string;
  /** Null: it is off. */
  readonly channel: { readonly name: string; readonly surface: string } | null;
  readonly nextAt: number | null;
  /** The newest week that this channel was told of. */
  readonly last: { readonly week: string; readonly sentAt: number } | null;
}

export interface DigestsParts extends DigestFactsParts {
  readonly outbox: Pick<Outbox, 'put'>;
  readonly log: { warn(detail: object, says: string): void };
}

const minuteMs = 60_000;
/** Who starts is not kept waiting by it. */
const firstLookMs = 2_000;
/** A weekly digest is never further off than this, but for a clock that was ahead. */
const aheadMaxMs = 8 * 86_400_000;

const targetOf = (channel: string) => `channel:${channel}`;
const periodOf = (week: Week) => `week:${week.name}`;

export function createDigests(parts: DigestsParts): Digests {
  const { store, clock, settings, outbox, log } = parts;
  let cancel = () => {};
  let running = Promise.resolve();
  let started = false;

  /** The card, read in a snapshot of its own: only what must be together is in the transaction that sends it. */
  async function cardOf(workspace: string, zone: string, week: Week, missed: readonly Week[]): Promise<Card> {
    // Loaded once a week at most.
    const { readDigestFacts } = await import('./digest-facts.ts');
    const { digestCard } = await import('./digest-card.ts');
    const what = { workspace, zone, now: clock.now(), week, missed };
    return digestCard(await store.read((tx) => readDigestFacts(tx, parts, what)));
  }

  async function put(tx: Tx, workspace: string, channel: Channel, target: string, week: Week, card: Card) {
    const name = `digest:${target}:${periodOf(week)}`;
    await outbox.put(tx, {
      workspace,
      surface: channel.surface as SurfaceName,
      run: null,
      order: 0,
      place: { channel: channel.native, thread: null },
      message: name,
      kind: 'post',
      card,
      dedupe: `${workspace}:${name}`,
    });
  }

  /** What is due of a schedule; null: nothing, or nowhere to send it. */
  async function dueOf(tx: Tx, schedule: Schedule | undefined, now: number) {
    if (schedule === undefined || schedule.removed_at !== null || schedule.next_at > now) return null;
    const { channel: id } = JSON.parse(schedule.payload) as { channel: string };
    const channel = await findChannel(tx, schedule.workspace_id, id);
    const weeks = weeksDue(schedule.next_at, now, schedule.zone);
    const week = weeks.at(-1);
    return channel === undefined || week === undefined ? null : { channel, week, missed: weeks.slice(0, -1) };
  }

  async function sendDue(workspace: string, id: string): Promise<void> {
    const now = clock.now();
    const seen = await store.read(async (tx) => {
      const schedule = await findSchedule(tx, workspace, id);
      const due = await dueOf(tx, schedule, now);
      return schedule === undefined || due === null ? null : { ...due, zone: schedule.zone };
    });
    const card = seen === null ? null : await cardOf(workspace, seen.zone, seen.week, seen.missed);
    await store.transact(async (tx) => {
      const schedule = await lockSchedule(tx, workspace, id);
      if (schedule === undefined || schedule.removed_at !== null) return;
      const ahead = schedule.next_at > now + aheadMaxMs;
      if (schedule.next_at > now && !ahead) return;
      const due = await dueOf(tx, schedule, now);
      if (due === null && !ahead) log.warn({ workspace }, 'a digest was due and its channel is gone');
      if (due !== null) {
        // It was changed meanwhile: the next minute makes the card anew.
        if (card === null || seen?.channel.id !== due.channel.id || seen.week.from !== due.week.from) return;
        const target = targetOf(due.channel.id);
        let isNew = false;
        for (const week of [...due.missed, due.week]) {
          const row = { workspace_id: workspace, target, period: periodOf(week), sent_at: now };
          isNew = await insertDigest(tx, row);
        }
        if (isNew) await put(tx, workspace, due.channel, target, due.week, card);
      }
      await moveSchedule(tx, workspace, id, nextDigestAfter(now, schedule.zone));
    });
  }

  async function tick(): Promise<void> {
    try {
      const now = clock.now();
      const todo = await store.read((tx) => schedulesToDo(tx, digestKind, now, now + aheadMaxMs));
      for (const { id, workspace_id: workspace } of todo) {
        try {
          await sendDue(workspace, id);
        } catch (error) {
          log.warn({ err: error, workspace }, 'a digest could not be made and is tried again');
        }
      }
    } catch (error) {
      log.warn({ err: error }, 'what digests are due could not be read');
    }
  }

  function look(): void {
    running = tick().then(() => {
      if (started) cancel = clock.after(minuteMs - (clock.now() % minuteMs), look);
    });
  }

  return {
    tick,

    start() {
      if (started) return;
      started = true;
      cancel = clock.after(firstLookMs, look);
    },

    async stop() {
      started = false;
      cancel();
      await running;
    },

    async sendNow({ workspace, here, dedupe }) {
      const now = clock.now();
      const { zone, channel } = await store.read(async (tx) => {
        const set = await settings.get(tx, workspace);
        return { zone: set.zone, channel: await findChannel(tx, workspace, set.digestChannel ?? here) };
      });
      if (channel === undefined) throw new CrewsmithError('channel.unknown', { channel: here });
      const week = weekBefore(now, zone);
      const card = await cardOf(workspace, zone, week, []);
      await store.transact(async (tx) => {
        const target = `asked:${dedupe}`;
        const row = { workspace_id: workspace, target, period: periodOf(week), sent_at: now };
        if (await insertDigest(tx, row)) await put(tx, workspace, channel, target, week, card);
      });
      return { week, channel };
    },

    async ofLastWeek(workspace) {
      const { zone } = await store.read((tx) => settings.get(tx, workspace));
      const week = weekBefore(clock.now(), zone);
      return { week, card: await cardOf(workspace, zone, week, []) };
    },

    state: (workspace) =>
      store.read(async (tx) => {
        const { zone, digestChannel } = await settings.get(tx, workspace);
        if (digestChannel === null) return { zone, channel: null, nextAt: null, last: null };
        const schedule = await findSchedule(tx, workspace, digestScheduleOf(workspace));
        const last = await newestDigest(tx, workspace, targetOf(digestChannel));
        return {
          zone,
          channel: (await findChannel(tx, workspace, digestChannel)) ?? null,
          nextAt: schedule === undefined || schedule.removed_at !== null ? null : schedule.next_at,
          last: last === undefined ? null : { week: last.period.slice('week:'.length), sentAt: last.sent_at },
        };
      }),
  };
}
