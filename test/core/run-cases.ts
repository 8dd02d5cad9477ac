/** The table of every event in every status: what it makes of a run, and what is to be done. */
type Row = readonly [event: string, becomes: string, effects: string];
interface Case {
  readonly from: string;
  readonly step: string;
  readonly rows: readonly Row[];
}

const stops = (to: string, closes = ''): Row => ['stop', to, `abort${closes}, ended canceled`];

export const cases: readonly Case[] = [
  {
    from: 'queued | pending pending pending pending',
    step: 'draft',
    rows: [
      ['start', 'running | running running pending pending', 'call draft, call other'],
      stops('canceled | canceled canceled canceled canceled'),
    ],
  },
  {
    from: 'running | running running* pending pending',
    step: 'draft',
    rows: [
      ['held', 'running | running* running* pending pending', ''],
      ['blocked key', 'running | waiting:key running* pending pending', ''],
      ['blocked budget', 'running | waiting:budget running* pending pending', ''],
      ['done', 'running | done running* waiting:approval pending', 'show draft, ask approve'],
      ['failed', 'running | failed running* pending pending', ''],
      stops('canceled | canceled canceled* canceled canceled'),
    ],
  },
  {
    from: 'running | running* running* pending pending',
    step: 'draft',
    rows: [
      ['turned', 'running | running running* pending pending', 'call draft'],
      ['blocked key', 'running | waiting:key running* pending pending', ''],
      ['blocked budget', 'running | waiting:budget running* pending pending', ''],
      ['done', 'running | done running* waiting:approval pending', 'show draft, ask approve'],
      ['failed', 'running | failed running* pending pending', ''],
      stops('canceled | canceled* canceled* canceled canceled'),
    ],
  },
  {
    from: 'waiting:key | waiting:key waiting:key pending pending',
    step: 'draft',
    rows: [
      ['held', 'running | running* waiting:key pending pending', ''],
      ['blocked budget', 'waiting:budget | waiting:budget waiting:key pending pending', ''],
      ['failed', 'failed | failed canceled canceled canceled', 'ended failed'],
      stops('canceled | canceled canceled canceled canceled'),
    ],
  },
  {
    // A call of the round before is still in flight.
    from: 'running | running pending* pending pending',
    step: 'other',
    rows: [
      ['turned', 'running | running running pending pending', 'call other'],
      ['done', 'running | running running pending pending', 'call other'],
      ['failed', 'running | running running pending pending', 'call other'],
      stops('canceled | canceled canceled* canceled canceled'),
    ],
  },
  {
    from: 'running | failed running* pending pending',
    step: 'other',
    rows: [
      ['turned', 'failed | failed canceled canceled canceled', 'ended failed'],
      ['blocked key', 'failed | failed canceled canceled canceled', 'ended failed'],
      ['blocked budget', 'failed | failed canceled canceled canceled', 'ended failed'],
      ['done', 'failed | failed done canceled canceled', 'show other, ended failed'],
      ['failed', 'failed | failed failed canceled canceled', 'ended failed'],
      stops('canceled | failed canceled* canceled canceled'),
    ],
  },
  {
    from: 'running | done running* waiting:approval pending',
    step: 'approve',
    rows: [
      ['approved', 'running | done running* done running', 'deliver publish'],
      ['rejected', 'rejected | done canceled* failed canceled', 'ended rejected'],
      ['changes', 'running | running2 running* pending pending', 'call draft'],
      ['expired', 'running | done running* failed pending', ''],
      stops('canceled | done canceled* canceled canceled', ', close approve'),
    ],
  },
  {
    from: 'waiting:approval | done done waiting:approval pending',
    step: 'approve',
    rows: [
      ['approved', 'running | done done done running', 'deliver publish'],
      ['rejected', 'rejected | done done failed canceled', 'ended rejected'],
      ['changes', 'running | running2 done pending pending', 'call draft'],
      ['expired', 'failed | done done failed canceled', 'ended failed'],
      stops('canceled | done done canceled canceled', ', close approve'),
    ],
  },
  {
    // Nothing of it has begun, but a gate may be impossible to open.
    from: 'running | running running* pending pending',
    step: 'approve',
    rows: [
      ['failed', 'running | running running* failed pending', ''],
      stops('canceled | canceled canceled* canceled canceled'),
    ],
  },
  {
    from: 'running | done done done running',
    step: 'publish',
    rows: [
      ['done', 'completed | done done done done', 'show publish, ended completed'],
      ['failed', 'failed | done done done failed', 'ended failed'],
      stops('canceled | done done done canceled', ', withdraw publish'),
    ],
  },
  {
    from: 'running | skipped running* skipped skipped',
    step: 'draft',
    rows: [stops('canceled | skipped canceled* skipped skipped')],
  },
  { from: 'completed | done done done done', step: 'draft', rows: [] },
  { from: 'completed | done done done done', step: 'approve', rows: [] },
  { from: 'completed | done done done done', step: 'publish', rows: [] },
  {
    from: 'failed | failed canceled canceled canceled',
    step: 'draft',
    rows: [
      ['retry', 'running | running running pending pending', 'call draft, call other'],
      ['retry fresh', 'running | running2 running pending pending', 'call draft, call other'],
    ],
  },
  {
    from: 'canceled | done canceled* canceled canceled',
    step: 'other',
    rows: [
      ['turned', 'canceled | done canceled canceled canceled', ''],
      ['done', 'canceled | done canceled canceled canceled', ''],
      ['failed', 'canceled | done canceled canceled canceled', ''],
    ],
  },
  {
    from: 'canceled | done canceled canceled canceled',
    step: 'approve',
    rows: [
      ['retry', 'running | done running waiting:approval pending', 'call other, ask approve'],
      ['retry fresh', 'running | done running waiting:approval pending', 'call other, ask approve'],
    ],
  },
  {
    // The card had left before the stop: what was sent is sent, and a retry does not send it again.
    from: 'canceled | done done done canceled',
    step: 'publish',
    rows: [
      ['done', 'canceled | done done done done', ''],
      ['retry', 'running | done done done running', 'deliver publish'],
      ['retry fresh', 'running | done done done running', 'deliver publish'],
    ],
  },
  {
    from: 'rejected | done done failed canceled',
    step: 'approve',
    rows: [
      ['retry', 'running | running2 done pending pending', 'call draft'],
      ['retry fresh', 'running | running2 done pending pending', 'call draft'],
    ],
  },
  {
    from: 'failed | done done done failed',
    step: 'publish',
    rows: [
      ['retry', 'running | done done done running', 'deliver publish'],
      ['retry fresh', 'running | done done done running', 'deliver publish'],
    ],
  },
];
