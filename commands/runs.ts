import type { Card, CardBlock, CardStep } from '../src/chat/card.ts';
import { documentBlocks } from '../src/chat/document-card.ts';
import { shownInput } from '../src/core/input.ts';
import { formatUsd } from '../src/core/money.ts';
import { nameInTitle, shortAddress } from '../src/core/run-title.ts';
import type { Whereabouts } from '../src/services/runs/index.ts';
import type { AttemptView, RunView, StepView } from '../src/services/runs/view.ts';
import { answer, arg, asJson, bullets, duration, fields, json, reply, text } from './cards.ts';
import type { Reading } from './house.ts';
import type { CommandSpec } from './port.ts';
import { runButtons } from './run-buttons.ts';

const shown = 20;
/** Of so many the newest are those that one sees. */
const lookedAt = 100;

export const runs: CommandSpec = {
  name: 'runs',
  summary: 'The newest runs; with an id that run, with "trace" every call it made.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'read',
  args: [
    arg('run', 'the id of a run', { required: false }),
    arg('what', 'every call', { required: false, choices: ['trace'] }),
  ],
  flags: [json],
  async run({ house, typed, sees, asks }, values) {
    const id = values.arg('run');
    if (id === null) return await listed(house, sees);
    const view = await house.runs.view(house.workspace, id);
    // What can be pressed need not be said.
    const ways = asks === null ? howToGoOn(view, typed) : [];
    const body = values.arg('what') === 'trace' ? traceBlocks(view) : await runBlocks(house, view, ways);
    const card = runCard(view, body);
    return reply(asks === null ? card : { ...card, actions: runButtons(view) }, asJson(view));
  },
};

async function listed(house: Reading, sees: (run: Whereabouts) => boolean) {
  const now = house.clock.now();
  const all = (await house.runs.list(house.workspace, lookedAt)).filter(sees).slice(0, shown);
  const rows = all.map((r) => {
    const status = r.waitingFor === null ? r.status : `${r.status} for ${r.waitingFor}`;
    return [
      r.run,
      `${r.crew} ${shortAddress(r.input)} · ${status} · ${duration(now - r.createdAt)} ago`,
    ] as const;
  });
  const body = rows.length === 0 ? [text('Nothing has run yet.')] : [fields(rows)];
  return reply(answer('Runs', body), { runs: all.map(asJson) });
}

const tones = {
  queued: 'working',
  running: 'working',
  waiting: 'waiting',
  completed: 'good',
  rejected: 'bad',
  failed: 'bad',
  canceled: 'neutral',
} as const satisfies Record<RunView['status'], Card['tone']>;

/** A run as one card: `Research · acme.com`. */
export function runCard(view: RunView, body: readonly CardBlock[]): Card {
  const input = Object.values(view.input).filter((value) => value !== null);
  const crew = view.crew.replace(/^./, (letter) => letter.toUpperCase());
  return answer([crew, ...input.map((value) => shortAddress(shownInput(value)))].join(' · '), body, {
    tone: tones[view.status],
    status: view.waiting === undefined ? view.status : `waiting for ${view.waiting.for}`,
    foot: `${costLine(view)} · ${view.run}`,
  });
}

/** `$0.0312 · 3 calls · 41 s`, and what is not known beside it (rules M1, M3). */
export function costLine(view: RunView): string {
  const calls = view.steps.flatMap((s) => s.attempts).filter((a) => a.outcome !== 'unsent').length;
  return [
    view.costNano === null ? 'unpriced' : formatUsd(BigInt(view.costNano)),
    view.uncertainNano > 0
      ? `and at most ${formatUsd(BigInt(view.uncertainNano))} for calls whose answer was lost`
      : '',
    view.unpriced > 0 && view.costNano !== null ? `${view.unpriced} unpriced` : '',
    `${calls} ${calls === 1 ? 'call' : 'calls'}`,
    duration(view.ms),
  ]
    .filter(Boolean)
    .join(' · ');
}

async function runBlocks(house: Reading, view: RunView, ways: readonly CardBlock[]): Promise<CardBlock[]> {
  const steps: CardBlock = { type: 'steps', steps: view.steps.map((step) => stepLine(view, step)) };
  const failure = view.failure === undefined ? [] : [text(view.failure.says)];
  const erased =
    view.erasedAt === undefined ? [] : [text('Its texts are erased; what it cost and who decided stays.')];
  return [steps, ...failure, ...erased, ...(await documentsOf(house, view)), ...ways];
}

async function documentsOf(house: Reading, view: RunView): Promise<CardBlock[]> {
  if (view.waiting?.gate === undefined) {
    return (await house.drafts.delivered(house.workspace, view.run)).flatMap(documentBlocks);
  }
  const { document, draft } = await house.drafts.newest(house.workspace, view.waiting.gate);
  return [text(`Draft ${draft}, as it will go out:`), ...documentBlocks(document)];
}

const marks = {
  pending: 'pending',
  running: 'working',
  waiting: 'waiting',
  done: 'done',
  skipped: 'skipped',
  failed: 'failed',
  canceled: 'skipped',
} as const satisfies Record<StepView['status'], CardStep['mark']>;

function stepLine(view: RunView, step: StepView): CardStep {
  const nano = step.attempts.reduce((sum, a) => sum + BigInt(a.costNano ?? 0), 0n);
  const ms = step.attempts.reduce((sum, a) => sum + (a.ms ?? 0), 0);
  return {
    mark: marks[step.status],
    name: nameInTitle(step.id),
    says: step.status === 'waiting' && view.waiting !== undefined ? `waits for ${view.waiting.for}` : '',
    // What took no time has none to tell.
    time: ms < 1_000 ? '' : duration(ms),
    cost: step.attempts.length === 0 ? '' : formatUsd(nano),
  };
}

type Typed = (words: string) => string;

/** What a person can do now; nothing for a run that is done or works. */
export function howToGoOn(view: RunView, typed: Typed): CardBlock[] {
  const { run, status, waiting, erasedAt } = view;
  if (erasedAt !== undefined) return [];
  if (waiting?.for === 'approval') {
    const ways = ['approve', 'changes "what should change"', 'edit', 'reject'];
    return [text('Decide with one of:'), bullets(ways.map((way) => typed(`decide ${run} ${way}`)))];
  }
  if (waiting?.for === 'key') {
    return [text('It goes on once there is a key:'), bullets([typed('keys add openai')])];
  }
  if (waiting?.for === 'budget') {
    const [what, raise] =
      waiting.limit === 'run'
        ? ['its own limit', `budget raise $5 ${run}`]
        : ['the budget', 'budget raise $5'];
    return [text(`It goes on once ${what} allows it:`), bullets([typed(raise), typed(`stop ${run}`)])];
  }
  if (status === 'failed' || status === 'canceled' || status === 'rejected') {
    return [text('Go on where it ended; nothing is paid twice:'), bullets([typed(`retry ${run}`)])];
  }
  return [];
}

function traceBlocks(view: RunView): CardBlock[] {
  return view.steps.flatMap((step): CardBlock[] => [
    { type: 'heading', text: `${step.id} · ${step.status}` },
    ...(step.attempts.length === 0 ? [] : [bullets(step.attempts.map(attemptLine))]),
  ]);
}

function attemptLine(a: AttemptView): string {
  const tokens = `${a.inputTokens ?? 'unknown'} in, ${a.outputTokens ?? 'unknown'} out`;
  const cache = a.cacheReadTokens === null || a.cacheReadTokens === 0 ? '' : ` (${a.cacheReadTokens} cached)`;
  const key = a.key === '' ? '' : ` · key ${a.key}`;
  const cost = a.costNano === null ? 'unpriced' : formatUsd(BigInt(a.costNano));
  const time = a.ms === null ? 'under way' : `${(a.ms / 1000).toFixed(1)} s`;
  return `${a.outcome} · ${a.provider} ${a.model}${key} · ${tokens}${cache} · ${cost} · ${time}`;
}
