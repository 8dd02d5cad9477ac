import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../src/chat/card.ts';
import { cardHtml } from '../../../src/chat/web/card-html.ts';
import { formHtml } from '../../../src/chat/web/form-html.ts';
import { messageHtml } from '../../../src/chat/web/message-html.ts';
import { textHtml } from '../../../src/chat/web/text-html.ts';

const asPage = async (html: unknown) => parseHTML(`<html><body>${await html}</body></html>`).document;

/** Everything on a card that is text, made of this. */
const cardOf = (text: string): Card => ({
  v: 1,
  title: text,
  tone: 'waiting',
  status: text,
  body: [
    { type: 'text', text },
    { type: 'heading', text },
    { type: 'bullets', items: [text] },
    { type: 'fields', fields: [{ name: text, value: text }] },
    { type: 'steps', steps: [{ mark: 'done', name: text, says: text, time: '1 s', cost: '$0.00' }] },
    { type: 'notice', people: [{ native: text, name: text }], push: text },
    {
      type: 'chart',
      chart: {
        kind: 'columns',
        title: text,
        labels: [text],
        series: [{ name: text, nano: [1] }],
        line: null,
        alt: text,
      },
    },
  ],
  actions: [{ label: text, style: 'primary', press: { do: 'say', words: text } }],
  foot: text,
});

const evil = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  `' onmouseover='alert(1)`,
  '</textarea><script>alert(1)</script>',
  '[click](javascript:alert(1)) <a href="javascript:alert(1)">x</a>',
  '&lt;b&gt; &amp; <!-- x --> ]]>',
  '# heading **bold** `code` | table |',
];

/** Elements and attributes that a card of plain words has: whatever the words are, there are no others. */
async function shapeOf(text: string): Promise<string[]> {
  const page = await asPage(cardHtml(cardOf(text), { message: 'message_1', csrf: 'csrf' }));
  return [...page.querySelectorAll('*')]
    .filter((element) => !element.classList.contains('cite') && !element.classList.contains('address'))
    .map((element) => `${element.localName} ${[...element.attributes].map(({ name }) => name).join(' ')}`);
}

describe('text of others', () => {
  test.each(evil)('%j is shown as it is, and nothing else', async (text) => {
    expect(await shapeOf(text)).toEqual(await shapeOf('words'));
    const page = await asPage(cardHtml(cardOf(text), null));
    expect(page.querySelector('h3')?.textContent).toBe(text);
    expect(page.querySelector('dd')?.textContent).toBe(text);
  });

  test('whatever it holds, a card has the same elements and attributes', async () => {
    const plain = await shapeOf('words');
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.constantFrom(...evil, '<', '>', '"', "'", '&', 'a', ' ', '\u202e', '[1]', 'https://a.example'),
        ),
        async (parts) => {
          const text = `x${parts.join('')}`;
          expect(await shapeOf(text)).toEqual(plain);
        },
      ),
    );
  });

  test('in a form stands in its fields, which it cannot leave', async () => {
    for (const text of evil) {
      const field = { label: text, hint: text, required: false, value: text, most: 100 };
      const page = await asPage(
        formHtml({
          form: {
            v: 1,
            ref: { form: 'edit', gate: 'gate_1', draft: 1 },
            title: text,
            says: [text],
            fields: [
              { ...field, name: 'a', input: { type: 'lines' } },
              { ...field, name: text, input: { type: 'text' } },
              { ...field, name: 'c', input: { type: 'choice', choices: [{ value: text, label: text }] } },
            ],
            submit: text,
          },
          request: 'request_1',
          csrf: 'csrf',
          channel: 'demo',
          thread: null,
        }),
      );
      expect(page.querySelectorAll('script, img, svg, b').length).toBe(0);
      expect(page.querySelector('textarea')?.innerHTML).not.toContain('<');
      expect(page.querySelector('input[type="text"]')?.getAttribute('value')).toBe(text);
    }
  });

  test('as somebody’s name, and as what they say, is words', async () => {
    const person = { member: 'member_1', name: evil[1] ?? '', role: null };
    const session = {
      ...{ id: 'session_1', kind: 'link' as const, owner: person, person, native: 'local' },
      ...{ loopbackOnly: true, csrf: 'csrf', sandbox: true, others: [] },
    };
    const said = {
      ...{ id: 'message_1', channel: 'channel_1', thread: null, by: person, isPrivate: false, at: 0, rev: 1 },
      ...{ replies: 0, lastReplyAt: null, threadAsks: false },
      content: { kind: 'said' as const, text: evil.join('\n\n') },
    };
    const page = await asPage(messageHtml(said, { session, channel: 'demo', in: 'channel' }));
    expect(page.querySelectorAll('script, img').length).toBe(0);
    expect([...page.querySelectorAll('.said p')].map((p) => p.textContent)).toEqual(evil);
  });

  test('loses what turns the direction of a line, or is not seen', async () => {
    const page = await asPage(textHtml('pay \u202eeno\u202c \u0000now').join(''));
    expect(page.querySelector('p')?.textContent).toBe('pay eno now');
  });
});

describe('an address in it', () => {
  const links = async (text: string) => {
    const page = await asPage(textHtml(text).map(String).join(''));
    return [...page.querySelectorAll('a')].map((a) => [
      a.getAttribute('href'),
      a.textContent,
      a.getAttribute('rel'),
    ]);
  };

  test.each([
    ['See https://acme.com/pricing.', 'https://acme.com/pricing'],
    ['(https://acme.com/)', 'https://acme.com/'],
    ['http://127.0.0.1:3000/a?b=c#d, and', 'http://127.0.0.1:3000/a?b=c#d'],
    ['https://acme.com', 'https://acme.com'],
    ['Acme: https://acme.com.', 'https://acme.com'],
  ])('in %j opens what it shows, and tells the other side nothing', async (text, url) => {
    expect(await links(text)).toEqual([[url, url, 'noopener noreferrer nofollow ugc']]);
  });

  test.each([
    'javascript:alert(1)',
    'https://user:secret@acme.com/',
    'data:text/html,x',
    'https://аcme.com/ looks like another',
    '//acme.com',
    'acme.com',
  ])('like %j opens nothing', async (text) => {
    expect(await links(text)).toEqual([]);
  });
});
