import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Role } from '../../src/core/access.ts';
import { crewOf } from '../support/crew-text.ts';
import { noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { createScripted, lastSaid, type ScriptedProvider } from '../support/scripted.ts';

const hour = 3_600_000;
let house: House;
let provider: ScriptedProvider;

beforeEach(async () => {
  provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider] });
});
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect(house.recorder.mistakes).toEqual([]);
  await house.end();
});

/** Somebody else on the surface. */
const meet = (name: string, role: Role | null) =>
  house.store.transact((tx) =>
    house.services.people.arrive(tx, {
      workspace: house.services.home.workspace,
      surface: 'terminal',
      native: name,
      name,
      standing: 'member',
      role,
    }),
  );

const gateCards = (run: string) =>
  house
    .messages(run)
    .filter((seen) => seen.dedupe.includes(':gate:'))
    .map((seen) => seen.card);
const delivered = (run: string) => house.messages(run).filter((seen) => seen.dedupe.includes(':delivery:'));
const bodyOf = (card: object | undefined) => JSON.stringify(card);

describe('request changes', () => {
  test('sends the comment and the last draft to the step that made it, in one round more, and raises the cap by its worst case', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const before = await house.view(run);
    await house.decide(run, { do: 'changes', comment: ' Shorter, lead with the price. ' });

    expect(provider.requests).toHaveLength(3);
    const said = lastSaid(provider.requests[2]);
    expect(said).toContain('The people who decide asked for changes: "Shorter, lead with the price."');
    expect(said).toContain('"text": "words 2"');
    const after = await house.view(run);
    expect(after).toMatchObject({ status: 'waiting', waiting: { for: 'approval', draft: 2 } });
    expect(after.steps.map((s) => s.attempts.length)).toEqual([1, 2, 0, 0]);
    // The two steps of the note have the same limits: half of the cap is one of them.
    expect(after.capNano).toBe(before.capNano * 1.5);
    expect(gateCards(run).map((card) => card.title)).toEqual([
      'Note: tea · changes requested',
      'Note: tea · ready for your decision',
    ]);

    await house.decide(run, 'approve');
    expect(bodyOf(delivered(run)[0]?.card.body)).toContain('words 3');
    expect((await house.view(run)).status).toBe('completed');
  });

  test.each(['changes', 'edit'] as const)(
    'refuses a key among the words of %s: it reaches no model and no row',
    async (kind) => {
      const key = `sk-proj-${'abc1def2'.repeat(3)}`;
      const run = await house.ask(noteCrew, { topic: 'tea' });
      const text = `Use ${key} for this.`;
      const decision =
        kind === 'edit' ? { do: kind, edits: [{ path: '', text }] } : { do: kind, comment: text };
      await expect(house.decide(run, decision)).rejects.toMatchObject({ code: 'key.typed' });
      expect((await house.view(run)).waiting?.draft).toBe(1);
      expect(provider.requests).toHaveLength(2);
    },
  );

  test('asks for a comment', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await expect(house.decide(run, { do: 'changes', comment: '  ' })).rejects.toMatchObject({
      code: 'gate.no-comment',
    });
    expect((await house.view(run)).waiting?.draft).toBe(1);
  });

  test('refuses a comment that is too long to be told whole, and changes nothing', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const comment = `${'Say more about the price. '.repeat(80)}And one word too many.`;
    await expect(house.decide(run, { do: 'changes', comment })).rejects.toMatchObject({
      code: 'gate.long-comment',
      says: 'The comment has 2,102 characters; 2,000 are possible.',
    });
    expect(await house.view(run)).toMatchObject({
      status: 'waiting',
      waiting: { for: 'approval', draft: 1 },
    });
  });

  test('can be repeated: each comment is told to its own round alone', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await house.decide(run, { do: 'changes', comment: 'shorter' });
    await house.decide(run, { do: 'changes', comment: 'longer' });
    const said = lastSaid(provider.requests[3]);
    expect(said).toContain('"longer"');
    expect(said).not.toContain('"shorter"');
    expect(said).toContain('words 3');
    expect((await house.view(run)).waiting?.draft).toBe(3);
  });
});

describe('what is approved is what goes out (rule G1)', () => {
  test('the bytes of the draft that was pressed are stored, hashed and delivered', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await house.decide(run, 'approve');
    const [document] = await house.rows('documents');
    expect(
      createHash('sha256')
        .update(document?.body ?? '')
        .digest('hex'),
    ).toBe(document?.sha256);
    const [card] = delivered(run);
    expect(card?.card.foot).toContain(document?.sha256.slice(0, 4));
    expect(card?.place.thread).toBeNull();
    expect(delivered(run)).toHaveLength(1);
    expect(provider.requests).toHaveLength(2);
  });

  test('an edit makes draft 2 and approves it in the same press; sources stay where they were (rule G2)', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await house.decide(run, { do: 'edit', edits: [{ path: '', text: 'Mended by hand.' }] });
    expect((await house.view(run)).status).toBe('completed');
    const documents = await house.rows('documents');
    expect(documents.map((d) => [d.draft, d.made_by])).toEqual([
      [1, 'step'],
      [2, 'edit'],
    ]);
    expect(bodyOf(delivered(run)[0]?.card.body)).toContain('Mended by hand.');
    expect(delivered(run)[0]?.card.foot).toContain(documents[1]?.sha256.slice(0, 4));
    expect((await house.rows('decisions')).map((d) => [d.draft, d.decision])).toEqual([[2, 'edit']]);
    // Nothing was paid for it.
    expect(provider.requests).toHaveLength(2);
  });

  test('an edit of what is not there changes nothing', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const wrong = { do: 'edit' as const, edits: [{ path: 'nowhere', text: 'x' }] };
    await expect(house.decide(run, wrong)).rejects.toMatchObject({ code: 'edit.unknown' });
    expect(await house.view(run)).toMatchObject({ waiting: { draft: 1 } });
    expect(await house.rows('documents')).toHaveLength(1);
  });
});

describe('a press (rule G4)', () => {
  test('on a draft that was replaced is told so, and decides nothing', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await house.decide(run, { do: 'changes', comment: 'shorter' });
    await expect(house.decide(run, 'approve', { draft: 1 })).rejects.toMatchObject({ code: 'gate.stale' });
    expect(delivered(run)).toEqual([]);
    expect((await house.view(run)).status).toBe('waiting');
  });

  test('after the decision is told who decided', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { waiting } = await house.view(run);
    await house.decide(run, 'approve');
    const { home, gates } = house.services;
    const late = {
      workspace: home.workspace,
      gate: waiting?.gate ?? '',
      draft: 1,
      member: home.member,
      surface: 'terminal' as const,
      decision: { do: 'reject' as const },
    };
    await expect(gates.decide(late)).rejects.toMatchObject({
      code: 'gate.closed',
      message: expect.stringContaining('approved'),
    });
    expect((await house.view(run)).status).toBe('completed');
  });

  test('of two at once decides one, whichever it is', async () => {
    const bo = await meet('Bo', 'approver');
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const both = await Promise.allSettled([
      house.decide(run, 'approve', { member: bo }),
      house.decide(run, 'reject'),
    ]);
    expect(both.map((b) => b.status).sort()).toEqual(['fulfilled', 'rejected']);
    const decisions = await house.rows('decisions');
    expect(decisions).toHaveLength(1);
    expect((await house.view(run)).status).toBe(
      decisions[0]?.decision === 'approve' ? 'completed' : 'rejected',
    );
    expect(delivered(run)).toHaveLength(decisions[0]?.decision === 'approve' ? 1 : 0);
  });

  test('by somebody who may not is refused with the reason, and changes nothing (rule G3)', async () => {
    const ed = await meet('Ed', 'member');
    const run = await house.ask(noteCrew, { topic: 'tea' });
    for (const decision of [
      'approve',
      'reject',
      { do: 'changes', comment: 'no' },
      { do: 'edit', edits: [] },
    ] as const) {
      await expect(house.decide(run, decision, { member: ed })).rejects.toMatchObject({
        code: 'gate.forbidden',
      });
    }
    await expect(house.decide(run, 'approve', { member: 'member_unknown' })).rejects.toMatchObject({
      code: 'gate.forbidden',
    });
    expect(await house.rows('decisions')).toEqual([]);
    expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { draft: 1 } });
  });

  test('by the asker, where the crew says never, may only ask for changes', async () => {
    const crew = {
      ...noteCrew,
      steps: noteCrew.steps.map((s) => (s.kind === 'gate' ? { ...s, requester: 'never' as const } : s)),
    };
    const bo = await meet('Bo', 'approver');
    const run = await house.ask(crew, { topic: 'tea' });
    await expect(house.decide(run, 'approve')).rejects.toMatchObject({
      code: 'gate.forbidden',
      message: expect.stringContaining('Bo decides here. You asked for this run; you may request changes.'),
    });
    await house.decide(run, { do: 'changes', comment: 'shorter' });
    await house.decide(run, 'approve', { member: bo });
    expect((await house.view(run)).status).toBe('completed');
  });

  test('of a role that was taken away meanwhile does not count (rule R7)', async () => {
    const bo = await meet('Bo', 'approver');
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { home, people } = house.services;
    await house.store.transact((tx) =>
      people.setRole(tx, {
        workspace: home.workspace,
        actor: home.member,
        member: bo,
        channel: '',
        role: 'member',
      }),
    );
    await expect(house.decide(run, 'approve', { member: bo })).rejects.toMatchObject({
      code: 'gate.forbidden',
    });
  });

  test('on a gate of another workspace knows no such gate', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await expect(house.decide(run, 'approve', { workspace: 'workspace_other' })).rejects.toMatchObject({
      code: 'gate.unknown',
    });
  });
});

describe('expiry (rule G6)', () => {
  test('reminds once at half time, then closes the gate; asked again, the same draft is open anew and nothing is paid', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { waiting } = await house.view(run);
    await house.pass(24 * hour - 1);
    expect(house.thread(run).filter((text) => text.startsWith('A reminder'))).toEqual([]);
    await house.pass(1);
    expect(house.thread(run).filter((text) => text.startsWith('A reminder'))).toHaveLength(1);
    await house.pass(24 * hour - 1);
    expect((await house.view(run)).status).toBe('waiting');
    await house.pass(2_000);
    expect(await house.view(run)).toMatchObject({
      status: 'failed',
      failure: { code: 'gate.expired', reason: 'expired' },
    });
    expect(gateCards(run)[0]).toMatchObject({ actions: [{ label: 'Ask again' }] });
    await expect(house.decide(run, 'approve')).rejects.toThrow();

    await house.retry(run);
    expect(await house.view(run)).toMatchObject({
      status: 'waiting',
      waiting: { gate: waiting?.gate, draft: 1 },
    });
    expect(provider.requests).toHaveLength(2);
    expect(await house.rows('documents')).toHaveLength(1);
    expect(gateCards(run)).toHaveLength(2);
    await house.pass(24 * hour);
    expect(house.thread(run).filter((text) => text.startsWith('A reminder'))).toHaveLength(2);
    await house.decide(run, 'approve');
    expect((await house.view(run)).status).toBe('completed');
  });

  test('is an event: a clock that is set back does not undo it', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { waiting } = await house.view(run);
    await house.pass(48 * hour);
    house.clock.step(-47 * hour);
    await house.pass(1_000);
    expect((await house.view(run)).status).toBe('failed');
    const { home, gates } = house.services;
    const late = {
      workspace: home.workspace,
      gate: waiting?.gate ?? '',
      draft: 1,
      member: home.member,
      surface: 'terminal' as const,
      decision: { do: 'approve' as const },
    };
    await expect(gates.decide(late)).rejects.toMatchObject({ code: 'gate.closed' });
  });

  test('a draft that was replaced does not expire the one that replaced it', async () => {
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await house.pass(40 * hour);
    await house.decide(run, { do: 'changes', comment: 'shorter' });
    await house.pass(20 * hour);
    expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { draft: 2 } });
  });
});

test('two gates on one draft: changes asked at one close the other, decided or not, and both ask anew', async () => {
  const crew = crewOf(`
name: pair
summary: Two decide.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: { text: text } }
  - legal: { gate: { shows: draft.text } }
  - style: { gate: { shows: draft.text } }
  - publish: { deliver: channel, approved: legal, needs: [style] }
`);
  const run = await house.ask(crew, { topic: 'tea' });
  const gates = await house.rows('gates');
  const press = (step: string, decision: Parameters<House['decide']>[1], draft: number) =>
    house.decide(run, decision, { gate: gates.find((g) => g.step === step)?.id ?? '', draft });
  const drafts = async () => (await house.rows('gates')).map((g) => `${g.step} ${g.status} ${g.draft}`);
  await press('style', { do: 'changes', comment: 'shorter' }, 1);
  expect(await drafts()).toEqual(['legal open 2', 'style open 2']);
  const [legal] = gateCards(run);
  expect(legal).toMatchObject({ title: expect.stringContaining('closed without a decision'), actions: [] });

  await press('legal', 'approve', 2);
  expect(delivered(run)).toEqual([]);
  await press('style', { do: 'changes', comment: 'longer' }, 2);
  expect(await drafts()).toEqual(['legal open 3', 'style open 3']);
  await press('style', 'approve', 3);
  expect(delivered(run)).toEqual([]);
  await press('legal', 'approve', 3);
  expect((await house.view(run)).status).toBe('completed');
  expect(delivered(run)).toHaveLength(1);
  expect(bodyOf(delivered(run)[0]?.card.body)).toContain('words 3');
});
