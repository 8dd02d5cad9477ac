import { isCrewsmithError } from '../../src/errors.ts';
import { losesAnswer as losesCard, losesRequest, refuses as refusesCard } from '../support/recorder.ts';
import { type Answer, losesAnswer, refuses } from '../support/scripted.ts';
import { costOf, crews, type OpenCall, reopen, site, type World } from './world.ts';

const second = 1_000;
const hour = 3_600 * second;

/** What a press, a stop or a retry may be told; anything else is a fault. */
const refusals =
  /^(gate\.(closed|stale|unknown|forbidden)|run\.(over|ending|completed|not-over)|edit\.unknown|key\.(unknown|choice)|budget\.(unknown|nothing))$/;

async function mayBeRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isCrewsmithError(error) || !refusals.test(error.code)) throw error;
  }
}

async function ask(world: World): Promise<void> {
  const crew = world.seeded.pick(crews);
  const maxNano = world.seeded.oneIn(8) ? BigInt(8_000_000 + world.seeded.upTo(20_000_000)) : null;
  const run = await world.house.ask(crew, { topic: `topic ${world.runs.length}` }, { maxNano });
  world.runs.push(run);
  if (maxNano !== null) world.limited.add(run);
}

const goodText = (call: OpenCall): Answer =>
  call.isStructured
    ? { json: { text: 'good', claims: [{ text: 'Sells anvils.', sources: [1] }] } }
    : { text: 'good' };

/** An answer with its usage, or without one when it costs nothing or is lost. */
function anyAnswer(world: World, call: OpenCall): { answer: Answer; cost: number } {
  const { seeded } = world;
  const used = { inputTokens: call.inputTokens, outputTokens: seeded.upTo(500) };
  const free = seeded.oneIn(6);
  if (free) {
    const answer = seeded.pick([
      refuses('overloaded', 500),
      refuses('rate-limited', 429, seeded.upTo(90_000)),
      refuses('network', 0),
      refuses('bad-request', 400),
      losesAnswer(),
      losesAnswer('timeout'),
      { ...goodText(call), usage: null },
    ]);
    return { answer, cost: 0 };
  }
  const cost = costOf(call.model, used);
  if (call.hasTools && seeded.oneIn(2)) {
    const url = seeded.pick([site, `${site}a`, `${site}none`]);
    return { answer: { calls: [{ tool: 'web.fetch', arguments: { url } }], usage: used }, cost };
  }
  if (seeded.oneIn(6)) {
    const answer = seeded.pick<Answer>([
      { text: 'no form', usage: used },
      { text: '', usage: used },
      { cut: 'half', usage: used },
    ]);
    return { answer, cost };
  }
  return { answer: { ...goodText(call), usage: used } as Answer, cost };
}

/** The provider answers one of its calls. */
async function answer(world: World): Promise<void> {
  if (world.calls.length === 0) return await ask(world);
  const call = world.seeded.pick(world.calls);
  world.calls = world.calls.filter((c) => c !== call);
  const given = anyAnswer(world, call);
  world.billed += given.cost;
  call.answer(given.answer);
}

/** An answer on its way to a process that is killed within the next moments: booked in full or not at all. */
async function answerAndCrash(world: World): Promise<void> {
  const [call] = world.calls;
  const used = { inputTokens: 100, outputTokens: 100 };
  call?.answer({ ...goodText(call), usage: used } as Answer);
  for (let i = world.seeded.upTo(30); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
  await reopen(world, await world.house.crash());
  const entries = await world.house.rows('entries');
  const certain = entries.filter((e) => e.uncertain === 0).reduce((sum, e) => sum + (e.nano ?? 0), 0);
  const cost = call === undefined ? 0 : costOf(call.model, used);
  if (certain !== world.billed && certain !== world.billed + cost) {
    throw new Error(`${certain} is booked; the provider billed ${world.billed}, or ${cost} more`);
  }
  world.billed = certain;
}

async function press(world: World): Promise<void> {
  const { house, seeded } = world;
  const open = (await house.rows('gates')).filter((gate) => gate.status === 'open' || seeded.oneIn(6));
  if (open.length === 0) return await answer(world);
  const gate = seeded.pick(open);
  const { home, gates } = house.services;
  const decision = seeded.pick([
    { do: 'approve' as const },
    { do: 'approve' as const },
    { do: 'reject' as const },
    { do: 'changes' as const, comment: 'shorter' },
    { do: 'edit' as const, edits: [{ path: '', text: 'By hand.' }] },
  ]);
  const draft = seeded.oneIn(8) ? gate.draft - 1 : gate.draft;
  const once = () =>
    mayBeRefused(() =>
      gates.decide({
        workspace: home.workspace,
        gate: gate.id,
        draft,
        member: home.member,
        surface: 'terminal',
        decision,
      }),
    );
  await Promise.all(seeded.oneIn(4) ? [once(), once()] : [once()]);
}

async function budget(world: World): Promise<void> {
  const { house, seeded } = world;
  const { home } = house.services;
  const who = { workspace: home.workspace, actor: home.member };
  const limitNano = BigInt(seeded.upTo(120_000_000));
  const window = seeded.pick(['day', 'total'] as const);
  if (seeded.oneIn(3)) await house.budgets.set({ ...who, scope: '', window, limitNano });
  else if (seeded.oneIn(2)) await mayBeRefused(() => house.budgets.remove({ ...who, scope: '', window }));
  else await mayBeRefused(() => house.budgets.raise({ ...who, scope: '', window, nano: 50_000_000n }));
}

async function key(world: World): Promise<void> {
  const { house, seeded } = world;
  const { home, keys } = house.services;
  if (seeded.oneIn(2)) {
    await mayBeRefused(() =>
      keys.revoke({ workspace: home.workspace, actor: home.member, words: 'openai', all: true }),
    );
  } else await addKey(world);
}

async function addKey(world: World): Promise<void> {
  await world.house.addKey('openai', `test-key-number-${++world.keysMade}-0123456789abcdef`);
}

async function stopOrRetry(world: World): Promise<void> {
  const { house, seeded } = world;
  if (world.runs.length === 0) return await ask(world);
  const run = seeded.pick(world.runs);
  if (!seeded.oneIn(3)) return await retry(world, run, seeded.oneIn(4));
  const { home, runs } = house.services;
  await mayBeRefused(() => runs.stop(home.workspace, run));
}

async function retry(world: World, run: string, fresh: boolean): Promise<void> {
  await mayBeRefused(async () => {
    await world.house.services.runs.retry(world.house.services.home.workspace, run, fresh);
    world.over.delete(run);
  });
}

async function leaveAndStart(world: World): Promise<void> {
  const { engine } = world.house.services;
  const stopped = engine.stop();
  await world.house.clock.settle();
  await stopped;
  await reopen(world, await world.house.crash());
}

/** The machine is suspended; what was to ring meanwhile rings within a minute. */
async function sleepHours(world: World): Promise<void> {
  world.house.clock.step(world.seeded.upTo(40) * hour);
  await world.house.pass(61 * second);
}

/** Forwards at any time; backwards while nothing runs, as the clock of a process does not run backwards (rule Q2). */
async function stepClock(world: World): Promise<void> {
  const { clock } = world.house;
  if (world.seeded.oneIn(2)) return clock.step(world.seeded.upTo(3) * hour);
  const options = await world.house.crash();
  clock.step(-world.seeded.upTo(3) * hour);
  await reopen(world, options);
}

async function weather(world: World): Promise<void> {
  const { recorder } = world.house;
  const { seeded, tool } = world;
  const bad = seeded.pick([losesCard, losesRequest, refusesCard({ again: true })]);
  if (seeded.oneIn(2)) recorder.next('post', bad as never);
  else recorder.next('edit', refusesCard({ again: true }));
  tool.down = seeded.oneIn(3);
}

/** A late answer reaches a process that is gone: nothing may come of it. */
async function lateAnswer(world: World): Promise<void> {
  world.late.pop()?.answer({ text: 'too late', usage: { inputTokens: 9_999, outputTokens: 9_999 } });
}

const moves: Readonly<Record<string, { weight: number; make: (world: World) => Promise<void> }>> = {
  ask: { weight: 5, make: ask },
  answer: { weight: 20, make: answer },
  press: { weight: 8, make: press },
  'stop or retry': { weight: 5, make: stopOrRetry },
  'pass seconds': { weight: 6, make: (world) => world.house.pass(world.seeded.upTo(90) * second) },
  'sleep hours': { weight: 1, make: sleepHours },
  'step clock': { weight: 1, make: stepClock },
  crash: { weight: 3, make: async (world) => reopen(world, await world.house.crash()) },
  'answer and crash': { weight: 2, make: answerAndCrash },
  'leave and start': { weight: 1, make: leaveAndStart },
  'late answer': { weight: 1, make: lateAnswer },
  budget: { weight: 3, make: budget },
  key: { weight: 2, make: key },
  weather: { weight: 2, make: weather },
};

/** Makes one move and lets what follows from it happen; its name. */
export async function move(world: World): Promise<string> {
  const names = Object.entries(moves).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));
  const name = world.seeded.pick(names);
  await moves[name]?.make(world);
  await world.house.rest();
  return name;
}

/** The world turns kind: every run comes to its end. */
export async function calm(world: World): Promise<void> {
  world.tool.down = false;
  const { home } = world.house.services;
  const who = { workspace: home.workspace, actor: home.member };
  for (const window of ['day', 'total'] as const) {
    await world.house.budgets.set({ ...who, scope: '', window, limitNano: 900_000_000_000n });
  }
  await addKey(world);
  for (let round = 0; round < 60; round++) {
    await answerAll(world);
    await approveAll(world);
    let open = 0;
    for (const run of world.runs) {
      const { status, waiting } = await world.house.view(run);
      // Its limit stays: what is left of it may be too little.
      if (status === 'completed' || (world.limited.has(run) && waiting?.for === 'budget')) continue;
      open++;
      if (status === 'failed' || status === 'canceled' || status === 'rejected')
        await retry(world, run, false);
    }
    if (open === 0) return;
    await world.house.pass(20 * second);
  }
}

async function answerAll(world: World): Promise<void> {
  for (const call of [...world.calls]) {
    world.calls = world.calls.filter((c) => c !== call);
    const used = { inputTokens: 10, outputTokens: 10 };
    world.billed += costOf(call.model, used);
    call.answer({ ...goodText(call), usage: used } as Answer);
  }
  await world.house.rest();
}

async function approveAll(world: World): Promise<void> {
  const { home, gates } = world.house.services;
  for (const gate of await world.house.rows('gates')) {
    if (gate.status !== 'open') continue;
    await gates.decide({
      workspace: home.workspace,
      gate: gate.id,
      draft: gate.draft,
      member: home.member,
      surface: 'terminal',
      decision: { do: 'approve' },
    });
    await world.house.rest();
  }
}
