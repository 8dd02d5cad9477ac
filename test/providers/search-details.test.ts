import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { foundIn as foundByAnthropic } from '../../src/providers/anthropic/search.ts';
import { foundIn as foundByOpenAI, searchesIn } from '../../src/providers/openai/search.ts';

const cited = (text: string, ...annotations: JsonObject[]): JsonObject[] => [
  { type: 'message', content: [{ type: 'output_text', text, annotations }] },
];
const note = (url: string, start: number, end: number): JsonObject => ({
  type: 'url_citation',
  url,
  title: 'T',
  start_index: start,
  end_index: end,
});

describe('what a search of OpenAI came upon', () => {
  const text = 'Intro.\n- Acme grew by 9 %. ([a.example](https://a.example/x)) It sold a unit. ([b])';
  const first = text.indexOf('([a.example]');
  const second = text.indexOf('([b])');

  it('is each page with the words that it is cited for, without the mark of the search', () => {
    const items = cited(
      text,
      note('https://a.example/x?utm_source=openai', first, first + 35),
      note('https://b.example/?q=1&utm_source=openai', second, second + 5),
    );
    expect(foundByOpenAI(items)).toEqual([
      { url: 'https://a.example/x', title: 'T', excerpt: 'Acme grew by 9 %.' },
      { url: 'https://b.example/?q=1', title: 'T', excerpt: 'It sold a unit.' },
    ]);
  });

  it('is one page with all its words where it is cited twice, and keeps them where two marks stand side by side', () => {
    const url = 'https://a.example/x';
    const items = cited(
      text,
      note(url, first, first + 35),
      note(url, second, second + 5),
      note(url, second + 5, second + 5),
    );
    expect(foundByOpenAI(items)).toEqual([
      { url, title: 'T', excerpt: 'Acme grew by 9 %. … It sold a unit.' },
    ]);
  });

  it.each([
    ['https://a.example/?utm_source=openai&x=1', 'https://a.example/?x=1'],
    ['https://a.example/?x=1&utm_source=openai&y=2', 'https://a.example/?x=1&y=2'],
    ['https://a.example/?utm_source=openai#top', 'https://a.example/#top'],
    ['https://a.example/?utm_source=openair', 'https://a.example/?utm_source=openair'],
  ])('of %s is %s', (marked, plain) => {
    expect(foundByOpenAI(cited(text, note(marked, first, first)))[0]?.url).toBe(plain);
  });

  it('is a mere address where nothing is said, or places are missing', () => {
    const unplaced = { type: 'url_citation', url: 'https://a.example/', title: null };
    const action = { type: 'search', sources: [{ type: 'url', url: 'https://c.example/' }, { type: 'url' }] };
    const items = [...cited('', unplaced), { type: 'web_search_call', action }];
    expect(foundByOpenAI(items)).toEqual([
      { url: 'https://a.example/', title: '', excerpt: null },
      { url: 'https://c.example/', title: '', excerpt: null },
    ]);
  });

  it('is billed as the reply counts it, else for each search and not for pages that were opened', () => {
    const call = (type: string) => ({ type: 'web_search_call', action: { type } });
    const items = [call('search'), call('open_page'), call('find_in_page'), { type: 'web_search_call' }];
    expect(searchesIn({}, items)).toBe(2);
    expect(searchesIn({ tool_usage: { web_search: { num_requests: 1 } } }, items)).toBe(1);
    expect(searchesIn({ tool_usage: { web_search: {} } }, [])).toBe(0);
  });
});

describe('what a search of Anthropic came upon', () => {
  const quote = (url: string, words: string): JsonObject => ({ url, title: 'T', cited_text: words });

  it('is each page once, with all its quotes', () => {
    const url = 'https://a.example/';
    const results = {
      type: 'web_search_tool_result',
      content: [
        { url, title: 'Other' },
        { url: 'https://b.example/', title: 'B' },
      ],
    };
    const blocks = [
      { begun: results, cited: [] },
      { begun: { type: 'text' }, cited: [quote(url, 'One.'), quote(url, 'Two.')] },
    ];
    expect(foundByAnthropic(blocks)).toEqual([
      { url, title: 'Other', excerpt: 'One. … Two.' },
      { url: 'https://b.example/', title: 'B', excerpt: null },
    ]);
  });

  it('is nothing where the search failed', () => {
    const error = { type: 'web_search_tool_result_error', error_code: 'unavailable' };
    expect(
      foundByAnthropic([{ begun: { type: 'web_search_tool_result', content: error }, cited: [] }]),
    ).toEqual([]);
  });
});
