import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Choice,
  chooseEntry,
  type FailureKind,
  type Try,
  uncertainRepeatsMax,
  unsentRepeatsMax,
} from '../../src/core/failures.ts';

const a = 'openai/gpt-6-sol/main';
const b = 'anthropic/claude-sonnet-5-5/main';
const minute = 60_000;

const unsent = (kind: FailureKind, endedAt: number, more: Partial<Try> = {}): Try => ({
  entry: a,
  state: 'unsent',
  kind,
  says: `It was ${kind}.`,
  retryAfterMs: null,
  endedAt,
  ...more,
});
const uncertain = (kind: FailureKind, endedAt: number, more: Partial<Try> = {}): Try => ({
  ...unsent(kind, endedAt, more),
  state: 'uncertain',
});

interface Given {
  readonly entries?: readonly string[];
  readonly preferred?: string | null;
  readonly timeMs?: number;
  readonly now: number;
}

const choose = (tries: readonly Try[], { entries = [a], preferred = null, timeMs = minute, now }: Given) =>
  chooseEntry(entries, preferred, tries, timeMs, now);

describe('which entry is called (rules M6, R5)', () => {
  it('the first one of the alias, when nothing was tried', () => {
    expect(choose([], { entries: [a, b], now: 0 })).toEqual({ do: 'call', entry: a });
  });

  it('the one that answered the turns before, when it is still live', () => {
    expect(choose([], { entries: [a, b], preferred: b, now: 0 })).toEqual({ do: 'call', entry: b });
    expect(choose([], { entries: [a], preferred: b, now: 0 })).toEqual({ do: 'call', entry: a });
  });

  it('none without a live key: the run waits for one', () => {
    expect(choose([], { entries: [], now: 0 })).toEqual({ do: 'wait-for-key' });
  });

  it.each([
    ['quota-exhausted' as const, { do: 'wait-for-key' }],
    ['rate-limited' as const, { do: 'wait', for: 'rate-limit', until: 1_000 }],
    ['overloaded' as const, { do: 'wait', for: 'rate-limit', until: 1_000 }],
    ['network' as const, { do: 'wait', for: 'time', until: 1_000 }],
    ['key-rejected' as const, { do: 'wait', for: 'time', until: 1_000 }],
    ['aborted' as const, { do: 'call', entry: a }],
  ])('after %s with a single entry: %o', (kind, choice) => {
    expect(choose([unsent(kind, 0)], { now: 0 })).toEqual(choice);
  });

  it.each(['timeout', 'network', 'overloaded'] as const)(
    'a call whose answer was lost by %s is asked again after a second',
    (kind) => {
      expect(choose([uncertain(kind, 0)], { now: 0 })).toMatchObject({ do: 'wait', until: 1_000 });
      expect(choose([uncertain(kind, 0)], { now: 1_000 })).toEqual({ do: 'call', entry: a });
    },
  );

  it.each(['aborted', 'lost'] as const)('a call that was %s is asked again at once', (kind) => {
    expect(choose([uncertain(kind, 0)], { now: 0 })).toEqual({ do: 'call', entry: a });
  });

  it.each([
    ['bad-request' as const, 'provider'],
    ['too-long' as const, 'content'],
    ['refused' as const, 'content'],
  ])('%s fails the step at once, whatever else is there, with reason %s', (kind, reason) => {
    const failure = { code: `provider.${kind}`, says: `It was ${kind}.`, reason };
    expect(choose([unsent(kind, 0)], { entries: [a, b], now: 0 })).toEqual({ do: 'fail', failure });
  });

  it('the next entry, when the first has no money left or asks to wait for more than a minute', () => {
    expect(choose([unsent('quota-exhausted', 0)], { entries: [a, b], now: 0 })).toEqual({
      do: 'call',
      entry: b,
    });
    const long = unsent('rate-limited', 0, { retryAfterMs: 61_000 });
    const patient = { entries: [a, b], timeMs: 5 * minute, now: 0 };
    expect(choose([long], patient)).toEqual({ do: 'call', entry: b });
    expect(choose([unsent('rate-limited', 0, { retryAfterMs: 60_000 })], patient)).toMatchObject({
      do: 'wait',
      until: 60_000,
    });
  });

  it('the earlier end of two long waits, when both entries ask for one', () => {
    const tries = [
      unsent('rate-limited', 0, { retryAfterMs: 200_000 }),
      unsent('rate-limited', 0, { entry: b, retryAfterMs: 150_000 }),
    ];
    const patient = { entries: [a, b], timeMs: 5 * minute };
    expect(choose(tries, { ...patient, now: 0 })).toEqual({ do: 'wait', for: 'rate-limit', until: 150_000 });
    expect(choose(tries, { ...patient, now: 150_000 })).toEqual({ do: 'call', entry: b });
  });

  it('a key that was mended is used again', () => {
    expect(choose([unsent('key-rejected', 0)], { now: 1_000 })).toEqual({ do: 'call', entry: a });
    expect(choose([unsent('key-rejected', 0)], { entries: [], now: 0 })).toEqual({ do: 'wait-for-key' });
  });
});

describe('how often and how long', () => {
  it('an unsent call is repeated four times, after 1, 2, 4 and 8 s, then the step fails', () => {
    const tries: Try[] = [];
    const waits: number[] = [];
    let now = 0;
    for (;;) {
      tries.push(unsent('network', now));
      const choice = choose(tries, { now });
      if (choice.do !== 'wait') {
        expect(choice).toMatchObject({
          do: 'fail',
          failure: { code: 'provider.network', reason: 'network' },
        });
        break;
      }
      waits.push(choice.until - now);
      now = choice.until;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(tries).toHaveLength(1 + unsentRepeatsMax);
  });

  it('a lost call is repeated twice over all entries, then the step fails and says that each may be billed', () => {
    const tries = [uncertain('timeout', 0), uncertain('lost', 0, { entry: b })];
    expect(choose(tries, { entries: [a, b], now: 5_000 })).toMatchObject({ do: 'call' });
    tries.push(uncertain('timeout', 5_000));
    expect(tries).toHaveLength(1 + uncertainRepeatsMax);
    expect(choose(tries, { entries: [a, b], now: 9_000 })).toEqual({
      do: 'fail',
      failure: {
        code: 'provider.timeout',
        says: 'It was timeout. No answer arrived three times; the provider may bill each.',
        reason: 'network',
      },
    });
  });

  it('hanging calls are repeated although each takes all the time that a call has', () => {
    const tries = [uncertain('timeout', 0), uncertain('timeout', 61_000)];
    expect(choose(tries, { now: 63_000 })).toEqual({ do: 'call', entry: a });
  });

  it('a wait that ends after the time of the step is not begun: the step fails and names both', () => {
    const tries = [unsent('rate-limited', 0, { retryAfterMs: 300_000 })];
    expect(choose(tries, { now: 0 })).toEqual({
      do: 'fail',
      failure: {
        code: 'provider.rate-limited',
        says: 'It was rate-limited. It asks to wait 300 s, and this step waits 60 s.',
        reason: 'provider',
      },
    });
    expect(choose(tries, { timeMs: 300_000, now: 0 })).toEqual({
      do: 'wait',
      for: 'rate-limit',
      until: 300_000,
    });
  });

  it('an unsent call is not repeated once the time of the step has passed since the first', () => {
    const tries = [unsent('network', 0), unsent('network', 50_000)];
    expect(choose(tries, { now: 60_000 })).toEqual({ do: 'call', entry: a });
    expect(choose(tries, { now: 60_001 })).toMatchObject({ do: 'fail' });
  });

  it('a clock that was set back waits for nothing (rule Q2)', () => {
    const tries = [unsent('rate-limited', 3_600_000, { retryAfterMs: 20_000 })];
    expect(choose(tries, { now: 0 })).toEqual({ do: 'call', entry: a });
  });
});

const kinds: readonly FailureKind[] = [
  'rate-limited',
  'key-rejected',
  'quota-exhausted',
  'overloaded',
  'refused',
  'too-long',
  'bad-request',
  'timeout',
  'network',
  'aborted',
  'bad-output',
  'lost',
];

const anyTry = fc.record<Try>({
  entry: fc.constantFrom(a, b),
  state: fc.constantFrom('unsent', 'uncertain'),
  kind: fc.constantFrom(...kinds),
  says: fc.constant('It failed.'),
  retryAfterMs: fc.option(fc.nat(600_000)),
  endedAt: fc.nat(100_000),
});

describe('whatever was tried', () => {
  const anything = fc.record({
    tries: fc.array(anyTry, { maxLength: 8 }),
    entries: fc.subarray([a, b]),
    preferred: fc.constantFrom(null, a, b),
    timeMs: fc.integer({ min: 1_000, max: 300_000 }),
    now: fc.nat(200_000),
  });

  it('only a live entry is called, and a wait ends later', () => {
    fc.assert(
      fc.property(anything, ({ tries, entries, preferred, timeMs, now }) => {
        const choice = chooseEntry(entries, preferred, tries, timeMs, now);
        if (choice.do === 'call') expect(entries).toContain(choice.entry);
        if (choice.do === 'wait') expect(choice.until).toBeGreaterThan(now);
        if (choice.do === 'wait')
          expect(choose(tries, { entries, preferred, timeMs, now: choice.until }).do).not.toBe('wait');
      }),
    );
  });

  it('a turn whose calls all fail comes to an end, in at most so many calls', () => {
    fc.assert(
      fc.property(
        fc.array(anyTry, { minLength: 30, maxLength: 30 }),
        fc.subarray([a, b], { minLength: 1 }),
        (outcomes, entries) => {
          const tries: Try[] = [];
          let now = 0;
          let choice: Choice = choose(tries, { entries, now });
          for (let i = 0; i < 100 && (choice.do === 'call' || choice.do === 'wait'); i++) {
            const outcome = outcomes[tries.length];
            if (choice.do === 'call' && outcome)
              tries.push({ ...outcome, entry: choice.entry, endedAt: now });
            else if (choice.do === 'wait') now = choice.until;
            choice = choose(tries, { entries, now });
          }
          expect(['fail', 'wait-for-key']).toContain(choice.do);
          const most = entries.length * (1 + unsentRepeatsMax) + 1 + uncertainRepeatsMax;
          expect(tries.length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });
});
