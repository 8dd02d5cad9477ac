import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sumOf, totalsOf } from '../../src/chat/chart.ts';
import { digestScheduleOf } from '../../src/services/digest-schedule.ts';
import { moveSchedule } from '../../src/store/digests.ts';
import {
  chartIn,
  type DigestProcess,
  type DigestStand,
  fieldIn,
  standDigests,
} from '../support/digest-stand.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

const cents = 10_000_000;

let file: StoreFile;
let on: DigestStand;
let alive: DigestProcess[];

beforeEach(async () => {
  file = await makeStoreFile();
  on = await standDigests(await file.open(), Date.parse('2026-10-01T12:00:00Z'));
  alive = [];
});

afterEach(async () => {
  for (const one of alive) await one.stop();
  await file.end();
});

async function up(): Promise<DigestProcess> {
  const one = on.process();
  alive.push(one);
  await one.start();
  return one;
}

async function down(): Promise<void> {
  for (const one of alive.splice(0)) await one.stop();
}

const titles = () => on.digestsSeen().map(({ card }) => card.title);
const newest = () => on.digestsSeen().at(-1)?.card;

describe('a digest comes on Monday at 9:00 of the workspace’s zone (rule Q5)', () => {
  test.each([
    // The week in which clocks are set, its Monday at 9:00, its last and its first minute: in UTC.
    [
      'Europe/Berlin',
      '25 October back',
      '2026-10-26T08:00',
      '2026-10-25T22:59',
      '2026-10-18T22:00',
      '19 October',
    ],
    ['Europe/Berlin', '28 March on', '2027-03-29T07:00', '2027-03-28T21:59', '2027-03-21T23:00', '22 March'],
    [
      'America/New_York',
      '1 November back',
      '2026-11-02T14:00',
      '2026-11-02T04:59',
      '2026-10-26T04:00',
      '26 October',
    ],
    [
      'America/New_York',
      '14 March on',
      '2027-03-15T13:00',
      '2027-03-15T03:59',
      '2027-03-08T05:00',
      '8 March',
    ],
    [
      'Asia/Kathmandu',
      'which is 5:45 from UTC',
      '2026-10-26T03:15',
      '2026-10-25T18:14',
      '2026-10-18T18:15',
      '19 October',
    ],
  ])('%s, %s: with that week to the minute', async (zone, _, due, last, first, name) => {
    await on.set('zone', zone);
    await on.paid(1000 * cents, { at: Date.parse(`${first}Z`) - 60_000 });
    await on.paid(7 * cents, { at: Date.parse(`${first}Z`) });
    on.clock.step(86_400_000);
    await on.set('digest-channel', '#sales');
    await on.paid(11 * cents, { at: Date.parse(`${last}Z`), channel: 1 });
    await on.paid(2000 * cents, { at: Date.parse(`${last}Z`) + 60_000 });
    await up();
    await on.clock.set(Date.parse(`${due}Z`) - 60_000);
    await on.clock.advance(59_000);
    expect(titles()).toEqual([]);
    await on.clock.advance(2_000);
    expect(titles()).toEqual([`Acme · week of ${name}`]);
    const chart = chartIn(newest());
    expect(chart?.labels.map((label) => label.slice(0, 3))).toEqual([
      ...['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
    ]);
    expect(chart && totalsOf(chart)).toEqual([7 * cents, 0, 0, 0, 0, 0, 11 * cents]);
    expect(newest()?.status).toContain('$0.18');
    expect(fieldIn(newest(), 'Channels')).toBe('#ops $0.11 · #sales $0.07');
    expect(newest()?.foot).toContain(`all times ${zone}`);
    await on.clock.advance(3 * 3_600_000);
    expect(titles()).toHaveLength(1);
  });

  test('and each Monday after, once, whichever way clocks are set', async () => {
    await on.set('zone', 'Europe/Berlin');
    on.clock.step(Date.parse('2026-10-14T12:00Z') - on.clock.now());
    await on.set('digest-channel', '#sales');
    await up();
    const mondays = ['2026-10-19T07:00Z', '2026-10-26T08:00Z', '2026-11-02T08:00Z'];
    for (const [i, monday] of mondays.entries()) {
      await on.at(new Date(Date.parse(monday) - 62_000).toISOString());
      expect(titles()).toHaveLength(i);
      await on.clock.advance(60_000);
      expect(titles()).toHaveLength(i + 1);
    }
  });
});

describe('after an outage of three weeks (rule Q5)', () => {
  beforeEach(async () => {
    await on.set('zone', 'Europe/Berlin');
    await on.paid(3 * cents, { at: Date.parse('2026-10-06T10:00Z') });
    await on.set('digest-channel', '#sales');
    await up();
    await on.at('2026-10-12T07:00Z');
    expect(titles()).toEqual(['Acme · week of 5 October']);
    await on.paid(5 * cents, { at: Date.parse('2026-10-14T10:00Z') });
    await down();
    // Booked late, at the time of their holds: a machine that was off spends nothing.
    await on.paid(13 * cents, { at: Date.parse('2026-10-30T10:00Z') });
    on.clock.step(Date.parse('2026-11-03T15:20Z') - on.clock.now());
  });

  test('one card tells of the newest full week, and of those before it by their sums', async () => {
    await up();
    await on.clock.advance(3_000);
    expect(titles()).toEqual(['Acme · week of 5 October', 'Acme · week of 26 October']);
    expect(newest()?.status).toContain('$0.13');
    expect(fieldIn(newest(), 'Weeks before')).toBe(
      '12 October $0.05 · 19 October $0.00 · not told of in time, since Crewsmith was not running',
    );
  });

  test('each week is in the books once, and neither a restart nor another process tells of one again', async () => {
    await up();
    await up();
    await on.clock.advance(3_000);
    await down();
    await up();
    await on.clock.advance(3_600_000);
    expect(titles()).toHaveLength(2);
    const target = `channel:${on.books.channels[0]}`;
    expect((await on.rows()).map((row) => [row.target, row.period])).toEqual([
      ...['2026-10-05', '2026-10-12', '2026-10-19', '2026-10-26'].map((week) => [target, `week:${week}`]),
    ]);
  });

  test('the next one comes on the next Monday', async () => {
    await up();
    await on.clock.advance(3_000);
    await on.at('2026-11-09T07:58Z');
    expect(titles()).toHaveLength(2);
    await on.clock.advance(120_000);
    expect(titles().at(-1)).toBe('Acme · week of 2 November');
    expect(fieldIn(newest(), 'Weeks before')).toBeUndefined();
  });
});

test('two processes that start at once send it once', async () => {
  await on.set('digest-channel', '#sales');
  on.clock.step(Date.parse('2026-10-05T09:30Z') - on.clock.now());
  await Promise.all([up(), up(), up()]);
  await on.clock.advance(3_000);
  expect(titles()).toHaveLength(1);
  expect(on.recorder.mistakes).toEqual([]);
});

test('a kill after its commit loses nothing: the next start sends it, once', async () => {
  await on.set('digest-channel', '#sales');
  on.clock.step(Date.parse('2026-10-05T09:30Z') - on.clock.now());
  // Its outbox was never started: the process was gone before it sent anything.
  await on.process().digests.tick();
  expect([titles(), await on.put()]).toEqual([[], [expect.anything()]]);
  await up();
  await on.clock.advance(120_000);
  expect(titles()).toEqual(['Acme · week of 28 September']);
});

test('a schedule that is set back, as by an old copy of a row, tells of no week again', async () => {
  await on.set('digest-channel', '#sales');
  await up();
  await on.at('2026-10-05T09:00Z');
  expect(titles()).toHaveLength(1);
  const { workspace, store } = on.books;
  const back = Date.parse('2026-10-05T09:00Z');
  await store.transact((tx) => moveSchedule(tx, workspace, digestScheduleOf(workspace), back));
  await on.clock.advance(180_000);
  expect(titles()).toHaveLength(1);
  await on.at('2026-10-12T09:00Z');
  expect(titles()).toHaveLength(2);
});

test('a commit that fails leaves nothing, and the next minute sends it (rule Q5)', async () => {
  await on.set('digest-channel', '#sales');
  let fails = false;
  const one = on.process((store) => ({
    ...store,
    transact: (work) =>
      store.transact(async (tx) => {
        const result = await work(tx);
        if (fails) throw new Error('the disk is full');
        return result;
      }),
  }));
  alive.push(one);
  await one.start();
  on.clock.step(Date.parse('2026-10-05T08:59:30Z') - on.clock.now());
  fails = true;
  await on.clock.advance(61_000);
  expect(on.warnings).toContain('a digest could not be made and is tried again');
  expect([titles(), await on.rows()]).toEqual([[], []]);
  fails = false;
  await on.clock.advance(61_000);
  expect(titles()).toEqual(['Acme · week of 28 September']);
});

describe('what is set', () => {
  test('off sends nothing, and on again waits for the next Monday', async () => {
    await on.set('digest-channel', '#sales');
    await up();
    await on.set('digest-channel', 'off');
    await on.at('2026-10-05T09:05Z');
    await on.set('digest-channel', '#ops');
    await on.clock.advance(600_000);
    expect(titles()).toEqual([]);
    await on.at('2026-10-12T09:00Z');
    expect(on.digestsSeen().map(({ place }) => place.channel)).toEqual([on.books.channels[1]]);
  });

  test('another channel gets what is due next, and no week twice', async () => {
    await on.set('digest-channel', '#sales');
    await up();
    await on.at('2026-10-05T09:00Z');
    await on.set('digest-channel', '#ops');
    await on.clock.advance(600_000);
    expect(titles()).toEqual(['Acme · week of 28 September']);
    await on.at('2026-10-12T09:00Z');
    expect(on.digestsSeen().map(({ place }) => place.channel)).toEqual([...on.books.channels]);
  });

  test('another zone moves the hour: a week is neither told of twice nor left out', async () => {
    await on.set('zone', 'America/New_York');
    await on.set('digest-channel', '#sales');
    await up();
    // 4:30 in New York, 10:30 in Berlin: it is due there already.
    await on.at('2026-10-05T08:30Z');
    expect(titles()).toEqual([]);
    await on.set('zone', 'Europe/Berlin');
    await on.clock.advance(61_000);
    expect(titles()).toEqual(['Acme · week of 28 September']);
    await on.set('zone', 'America/New_York');
    await on.at('2026-10-05T13:05Z');
    expect(titles()).toHaveLength(1);
    await on.at('2026-10-12T13:00Z');
    expect(titles()).toHaveLength(2);
  });

  test('a schedule that a clock far ahead has moved comes back', async () => {
    await on.set('digest-channel', '#sales');
    await up();
    await on.at('2031-01-06T09:00Z');
    expect(titles()).toHaveLength(1);
    await down();
    on.clock.step(Date.parse('2026-10-07T10:00Z') - on.clock.now());
    await up();
    await on.clock.advance(3_000);
    await on.at('2026-10-12T09:00Z');
    expect(titles().at(-1)).toBe('Acme · week of 5 October');
  });
});

test('asked for, it comes at once, for one request once, and the one of Monday comes all the same', async () => {
  const { workspace, channels } = on.books;
  const one = await up();
  const ask = { workspace, here: channels[1], dedupe: 'request-1' };
  await one.digests.sendNow(ask);
  await one.digests.sendNow(ask);
  await on.clock.advance(1_000);
  expect(on.digestsSeen().map(({ place }) => place.channel)).toEqual([channels[1]]);
  await on.set('digest-channel', '#sales');
  await one.digests.sendNow({ ...ask, dedupe: 'request-2' });
  await on.clock.advance(1_000);
  await on.at('2026-10-05T09:00Z');
  expect(titles()).toEqual([
    'Acme · week of 21 September',
    'Acme · week of 21 September',
    'Acme · week of 28 September',
  ]);
});

test('another workspace’s money and gates are in none of it', async () => {
  const other = await on.books.another();
  await on.set('digest-channel', '#sales');
  await on.paid(5 * cents);
  const id = await other.hold({ channel: other.channels[0], crew: 'secret' }, 900 * cents);
  await other.settle(id ?? '', 900 * cents);
  await up();
  await on.at('2026-10-05T09:00Z');
  expect(JSON.stringify(newest())).not.toContain('secret');
  const chart = chartIn(newest());
  expect(chart && sumOf(totalsOf(chart))).toBe(5 * cents);
});
