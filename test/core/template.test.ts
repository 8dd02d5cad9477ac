import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Crew, Step } from '../../src/core/crew.ts';
import { parseFences, type Source } from '../../src/core/fence.ts';
import type { Json } from '../../src/core/json.ts';
import { compileCrew, createTemplates, type Scope } from '../../src/core/template.ts';
import { isCrewsmithError } from '../../src/errors.ts';
import { anyText } from '../support/any-text.ts';

const acme: Source = {
  n: 3,
  url: 'https://acme.com/',
  title: 'Acme',
  date: '2026-10-01',
  text: 'All of the page.',
};
const about: Source = {
  n: 7,
  url: 'https://acme.com/about?x=1',
  title: 'About "us"',
  date: null,
  text: 'Founded in 1949.',
};

const scope = (steps: Record<string, Json>, sources: readonly Source[] = [acme, about]): Scope => ({
  input: { company: 'https://acme.com/', focus: null },
  steps,
  sources,
});

const render = (template: string, steps: Record<string, Json> = {}, sources = [acme, about]) =>
  createTemplates().text(template).render(scope(steps, sources));

describe('the filter sources', () => {
  const pages: Json = [
    { url: 'https://acme.com', title: 'told by a model', facts: ['Sells anvils.', 'Since 1949.'] },
    { url: 'https://acme.com/never-read', facts: ['Made up.'] },
    { url: 'https://acme.com/about?x=1#team', summary: 'A family firm.', score: 4, none: null },
  ];

  it('fences what a step says about each page, under number, title and date of the register', () => {
    expect(parseFences(render('{{ steps.gather | sources }}', { gather: pages }))).toEqual([
      { ...acme, text: '- Sells anvils.\n- Since 1949.' },
      { ...about, title: "About 'us'", text: 'A family firm.\n4' },
    ]);
  });

  it('shows the text of the page itself when asked to, cut to 6,000 bytes', () => {
    const long = { ...acme, text: 'ä'.repeat(5_000) };
    const [first, second] = parseFences(
      render('{{ steps.gather | sources: "text" }}', { gather: pages }, [long, about]),
    );
    expect(first?.text).toBe(`${'ä'.repeat(3_000)}\n[cut here: the page goes on]`);
    expect(second?.text).toBe('Founded in 1949.');
  });

  it('keeps the texts of many pages within 60,000 bytes', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({
      ...acme,
      n: i + 1,
      url: `https://acme.com/${i}`,
      text: 'x'.repeat(9_000),
    }));
    const text = render('{{ steps.g | sources: "text" }}', { g: many.map(({ url }) => ({ url })) }, many);
    expect(parseFences(text)).toHaveLength(30);
    expect(parseFences(text).reduce((sum, s) => sum + s.text.length, 0)).toBeLessThan(62_000);
  });

  it('fences a page that is named twice once, with all that was said', () => {
    const twice: Json = [
      { url: 'https://acme.com/', facts: ['a'] },
      { url: 'https://acme.com', facts: ['b'] },
    ];
    expect(parseFences(render('{{ steps.g | sources }}', { g: twice })).map((s) => s.text)).toEqual([
      '- a\n- b',
    ]);
  });

  it('is empty for a step that was skipped', () => {
    expect(render('[{{ steps.gather.pages | sources }}]', { gather: null })).toBe('[]');
  });
});

describe('a template', () => {
  it('shows lists and objects as JSON, and lists as bullets with the filter list', () => {
    expect(render('{{ steps.a }}', { a: { b: [1] } })).toBe('{\n  "b": [\n    1\n  ]\n}');
    expect(render('{{ steps.a | list }}', { a: ['x\ny', 'z'] })).toBe('- x y\n- z');
    expect(render('{{ input.focus }}|{{ steps.a }}', { a: null })).toBe('|');
  });

  it('cannot break a fence with any values, wherever they stand and however they are cut', () => {
    const nasty = fc
      .array(
        fc.constantFrom(
          '<',
          '/',
          'sour',
          'ce',
          'source',
          '>',
          '\n',
          ' ',
          'li',
          'nks',
          ' n="9"',
          'SOURCE',
          'x',
          '<source n="1" url="u" title="t">',
          '</source>',
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join(''));
    const text = fc.oneof(nasty, anyText());
    const template = createTemplates().text(
      '{{ steps.a }}{{ steps.b }}{{ steps.c | json }}{{ steps.c | list }}{% for x in steps.c %}{{ x }}{% endfor %}\n{{ steps.pages | sources }}\n{{ steps.a | append: steps.b }}{% capture q %}{{ steps.b }}{{ steps.a }}{% endcapture %}{{ q }}',
    );
    fc.assert(
      fc.property(text, text, fc.array(text, { maxLength: 3 }), text, text, (a, b, c, title, fact) => {
        const source = { n: 3, url: 'https://acme.com/', title, date: null, text: b };
        const pages = [{ url: source.url, facts: [fact] }];
        const rendered = template.render({ input: {}, steps: { a, b, c, pages }, sources: [source] });
        expect(rendered.match(/<\s*\/?\s*(?:source|links)\b/gi)).toEqual(['<source', '</source']);
        expect(parseFences(rendered)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a variable that is not there', '{{ steps.nope }}'],
    ['what objects inherit', '{{ steps.constructor }}'],
    ['an endless loop', '{% for i in (1..1000000000) %}x{% endfor %}'],
    [
      'text without end',
      '{% assign s = "xxxxxxxxxx" %}{% for i in (1..40) %}{% assign s = s | append: s %}{% endfor %}{{ s }}',
    ],
  ])('is stopped at %s', (_, template) => {
    expect(() => render(template)).toThrow(/unknown variable|limit exceeded/);
  });

  it.each([
    '{{ x | raw }}',
    '{% render "a" %}',
    '{% layout "a" %}',
    '{% cycle 1, 2 %}',
    '{{ "now" | date: "%Y" }}',
    '{% increment a %}',
  ])('knows nothing that writes raw text, reads files or the clock, or keeps state: %s', (template) => {
    expect(() => createTemplates().text(template)).toThrow(/unknown (filter|tag)/);
  });

  it('lists the variables it reads, computed parts as null (rule R6)', () => {
    expect(
      createTemplates().text(
        '{% for p in steps.a.b %}{{ p.c }}{% endfor %}{{ steps["d"][0].e }}{{ input[steps.f] }}',
      ).variables,
    ).toEqual([
      ['steps', 'a', 'b'],
      ['steps', 'd', 0, 'e'],
      ['steps', 'f'],
      ['input', null],
    ]);
  });
});

describe('a compiled crew', () => {
  const base = { needs: [], needsAll: false, when: null };
  const limits = { turns: 1, inputTokens: 1000, outputTokens: 100, searches: 0, timeMs: 1000 };
  const step: Step = {
    ...base,
    id: 'a',
    kind: 'prompt',
    agent: 'x',
    prompt: 'Read {{ input.company }}',
    read: ' {{ input.company }}\n',
    output: null,
    limits,
  };
  const crew: Crew = {
    v: 1,
    name: 'c',
    summary: 's',
    input: [],
    agents: {},
    steps: [
      step,
      {
        ...step,
        id: 'b',
        read: null,
        prompt: '{{ steps.a.x }}',
        when: 'steps.a.score > 5 and steps.a.kind == "good"',
      },
    ],
  };

  it('renders prompts and addresses', () => {
    const compiled = compileCrew(crew);
    expect(compiled.prompt('a', scope({}))).toBe('Read https://acme.com/');
    expect(compiled.read('a', scope({}))).toBe('https://acme.com/');
    expect(compiled.read('b', scope({}))).toBeNull();
  });

  it('decides conditions; one without a condition holds, one on a skipped step does not', () => {
    const compiled = compileCrew(crew);
    expect(compiled.condition('a', scope({}))).toBe(true);
    expect(compiled.condition('b', scope({ a: { score: 6, kind: 'good' } }))).toBe(true);
    expect(compiled.condition('b', scope({ a: { score: 5, kind: 'good' } }))).toBe(false);
    expect(compiled.condition('b', scope({ a: null }))).toBe(false);
  });

  it('says which text could not be made', () => {
    const render = () => compileCrew(crew).prompt('b', scope({ a: {} }));
    expect(render).toThrow('The text of c, step "b" could not be made: unknown variable "steps.a.x".');
    try {
      render();
    } catch (error) {
      expect(isCrewsmithError(error, 'template.failed')).toBe(true);
    }
  });
});
