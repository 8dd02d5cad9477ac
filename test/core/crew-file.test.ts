import { describe, expect, it } from 'vitest';
import type { Crew } from '../../src/core/crew.ts';
import { crewHash } from '../../src/core/crew-hash.ts';
import { limitsInForce } from '../../src/core/crew-limits.ts';
import { problemText } from '../../src/core/crew-problems.ts';
import { reservedWords } from '../../src/core/crew-words.ts';
import { goodCrew, readText, told, toldWith } from '../support/crew-text.ts';

function crewOf(text: string): Crew {
  const result = readText(text);
  if ('problems' in result) throw new Error(result.problems.map(problemText).join('\n'));
  return result.crew;
}

describe('a crew file without mistakes', () => {
  it('becomes a crew with its files inlined and its defaults filled in', () => {
    const crew = crewOf(goodCrew);
    expect(crew.input).toEqual([
      {
        name: 'company',
        type: 'website',
        label: 'Company',
        example: 'acme.com',
        required: true,
        choices: [],
      },
      { name: 'focus', type: 'text', label: 'focus', example: null, required: false, choices: [] },
    ]);
    expect(crew.agents.analyst).toEqual({
      name: 'analyst',
      model: 'smart',
      tools: ['web.fetch'],
      instructions: 'Take notes.',
    });
    expect(crew.steps[3]).toEqual({
      id: 'approve',
      kind: 'gate',
      needs: ['review'],
      needsAll: false,
      when: null,
      shows: { step: 'review', path: ['brief'] },
      approvers: { who: 'channel-approvers' },
      requester: 'if-alone',
      expiresMs: 7 * 86_400_000,
    });
    expect(crew.steps[4]).toEqual({
      id: 'publish',
      kind: 'deliver',
      needs: ['approve'],
      needsAll: false,
      when: null,
      to: 'channel',
      approved: 'approve',
    });
  });

  it('takes limits from the step, then the agent, then what is built in (rule M2)', () => {
    const crew = crewOf(
      goodCrew.replace('agent: editor, prompt', 'agent: editor, limits: { output: 900, time: 90s }, prompt'),
    );
    expect(limitsInForce(crew)).toEqual([
      {
        step: 'gather',
        agent: 'analyst',
        turns: 4,
        inputTokens: 60_000,
        outputTokens: 4_000,
        searches: 0,
        timeMs: 120_000,
      },
      {
        step: 'brief',
        agent: 'editor',
        turns: 1,
        inputTokens: 60_000,
        outputTokens: 3_000,
        searches: 0,
        timeMs: 120_000,
      },
      {
        step: 'review',
        agent: 'editor',
        turns: 1,
        inputTokens: 60_000,
        outputTokens: 900,
        searches: 0,
        timeMs: 90_000,
      },
    ]);
    expect(limitsInForce(crewOf(goodCrew.replace(', limits: { turns: 4 }', '')))[0]?.turns).toBe(8);
  });

  it('waits for what needs says and for every step that a text names (rule R6)', () => {
    const text = goodCrew
      .replace(
        'prompt: "Check {{ steps.brief }}"',
        'when: steps.gather.pages.size > 0, prompt: "Check {{ steps.brief }}"',
      )
      .replace(
        '{ gate: { shows: review.brief } }',
        '{ gate: { shows: review.brief }, needs: { all: [gather] } }',
      );
    const crew = crewOf(text);
    expect(crew.steps.map((s) => [s.id, s.needs, s.needsAll])).toEqual([
      ['gather', [], false],
      ['brief', ['gather'], false],
      ['review', ['gather', 'brief'], false],
      ['approve', ['gather', 'review'], true],
      ['publish', ['approve'], false],
    ]);
  });

  it('may name steps before they stand in the file, and use a gate as what it showed', () => {
    const crew = crewOf(
      `${goodCrew}  - thanks: { agent: editor, prompt: "Thank for {{ steps.approve.open | join }}" }\n`,
    );
    expect(crew.steps.at(-1)).toMatchObject({ needs: ['approve'], output: null });
  });

  it('takes roles and accounts as approvers', () => {
    const gate = (approvers: string) =>
      crewOf(goodCrew.replace('shows: review.brief', `shows: review.brief, approvers: ${approvers}`))
        .steps[3];
    expect(gate('admin')).toMatchObject({ approvers: { who: 'role', role: 'admin' } });
    expect(gate('["slack:T01:U02", "discord:33"]')).toMatchObject({
      approvers: { who: 'named', accounts: ['slack:T01:U02', 'discord:33'] },
    });
    expect(gate('anyone-in-channel')).toMatchObject({ approvers: { who: 'anyone-in-channel' } });
  });

  it('has a version that changes with its content and not with the order of keys', () => {
    const moved = goodCrew.replace(
      '{ model: fast, instructions: Check each claim.,',
      '{ instructions: Check each claim., model: fast,',
    );
    expect(crewHash(crewOf(goodCrew))).toMatch(/^[0-9a-f]{12}$/);
    expect(crewHash(crewOf(moved))).toBe(crewHash(crewOf(goodCrew)));
    expect(crewHash(crewOf(goodCrew.replace('Write a brief.', 'Write a short brief.')))).not.toBe(
      crewHash(crewOf(goodCrew)),
    );
  });

  it('is plain JSON, so that a run can freeze it (rule R7)', () => {
    const crew = crewOf(goodCrew);
    expect(JSON.parse(JSON.stringify(crew))).toEqual(crew);
  });
});

describe('the problems of a crew file', () => {
  it('does not hide the others: all are told at once, in order of place', () => {
    const text = goodCrew
      .replace('agent: editor\n', 'agent: edtor\n')
      .replace('model: fast', 'model: quick')
      .replace('shows: review.brief', 'shows: review.text');
    const result = readText(text);
    expect('problems' in result && result.problems.map((p) => [p.line, p.says.split(';')[0]])).toEqual([
      [12, '"quick" is not a model alias'],
      [16, 'unknown agent "edtor"'],
      [22, '"review" has no field "text"'],
    ]);
  });

  it('is told for every reserved word', () => {
    for (const word of reservedWords) {
      expect(toldWith('name: research', `name: ${word}`)).toEqual([
        `c.yaml:1:7 "${word}" is a word of the command itself; give the crew another name`,
      ]);
    }
  });
});

describe('a file that is no crew at all', () => {
  it('is told when it is empty, or holds comments only', () => {
    expect(told('')).toEqual(['c.yaml:1:1 the file is empty']);
    expect(told('# soon\n')).toEqual(['c.yaml:1:1 the file is empty']);
  });

  it('is told when it is no map', () => {
    expect(told('- a\n')).toEqual([
      'c.yaml:1:1 the file must be a map with name, summary, input, agents and steps',
    ]);
  });

  it('is told the first syntax error, with its place', () => {
    expect(told('name: research\nsteps: [a\n')).toEqual([
      'c.yaml:3:1 not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ]);
    expect(told('name:\n\tx: 1\n')).toEqual([
      'c.yaml:2:1 not valid YAML: tabs are not allowed as indentation',
    ]);
  });

  it('is told when it is larger than 256 KB', () => {
    expect(told(`${goodCrew}# ${'x'.repeat(256 * 1024)}\n`)).toEqual([
      'c.yaml:1:1 the file is larger than 256 KB',
    ]);
  });

  it('is refused when its aliases would multiply', () => {
    const bomb = [
      'a: &a [x, x]',
      ...Array.from(
        { length: 20 },
        (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]`,
      ),
    ];
    expect(told(bomb.join('\n'))).toContain(
      'c.yaml:2:10 aliases (*name) are not used in crew files; write the value again',
    );
  });

  it('is refused when it is nested without end, whatever the depth', () => {
    for (const depth of [30, 600, 50_000]) {
      const [first] = told(`types: ${'['.repeat(depth)}${']'.repeat(depth)}\n`).filter((line) =>
        line.includes('nested'),
      );
      expect(first).toMatch(/nested too deeply$/);
    }
  });

  it('is told when it has more than 30 steps', () => {
    const many = Array.from(
      { length: 30 },
      (_, i) => `  - extra-${i}: { agent: editor, prompt: Write. }\n`,
    ).join('');
    expect(told(goodCrew + many)).toEqual(['c.yaml:49:5 a crew has at most 30 steps; this one has 35']);
  });
});
