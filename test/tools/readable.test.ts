import { describe, expect, test } from 'vitest';
import { readHtml } from '../../src/tools/readable.ts';
import { readText } from '../../src/tools/text-page.ts';

const url = 'https://acme.com/shop/page';
const page = (body: string, head = '') =>
  readHtml(
    `<!doctype html><html><head><title>Acme</title>${head}</head><body>${body}</body></html>`,
    url,
    60_000,
  );

const sentence = 'Acme makes calendars for repair shops and nothing else, which is why they are good at it. ';

describe('text', () => {
  test('of a landing page keeps all headings and sections, without the menu', () => {
    const { text } = page(
      `<nav><a href="/a">Menu</a></nav><header><h1>Your week</h1></header>
      <section><h2>Fast</h2><p>${sentence.repeat(12)}</p></section><section><h2>Fair</h2><p>Short.</p></section>
      <footer>Acme Ltd, Rotterdam</footer>`,
    );
    expect(text).toMatch(/^# Your week\n\n## Fast\n\nAcme makes/);
    expect(text).toMatch(/## Fair\n\nShort\.\n\nAcme Ltd, Rotterdam$/);
  });

  test('of an article leaves out what stands around it', () => {
    const { text } = page(
      `<aside><p>Buy our hats, they are very good hats.</p></aside><article><h1>News</h1><p>${sentence.repeat(6)}</p>
      <p>${sentence.repeat(6)}</p></article><div class="comments"><p>First!</p></div>`,
      '<meta property="og:type" content="article">',
    );
    expect(text).toContain(sentence.trim());
    expect(text).not.toContain('hats');
    expect(text).not.toContain('First!');
  });

  test('keeps a table as a table, a list as a list, and words without marks or escapes', () => {
    const { text } =
      page(`<table><tr><th>Plan</th><th>Price</th></tr><tr><td>Pro_1 | x</td><td><p>€19</p></td></tr></table>
      <ul><li>one<ul><li>two</li></ul></li></ul><p>1. We have <strong>412</strong> <em>shops</em>*.</p><pre><code>a  b</code></pre>`);
    expect(text).toBe(
      '| Plan | Price |\n| --- | --- |\n| Pro_1 / x | €19 |\n\n- one\n    - two\n\n1. We have 412 shops*.\n\n```\na  b\n```',
    );
  });

  test('names an image by its description, where it has one', () => {
    expect(page('<p>Used by <img src="a.png" alt="Acme Rotterdam"><img src="b.png" alt=""></p>').text).toBe(
      'Used by (image: Acme Rotterdam)',
    );
  });

  test.each([
    ['a script', '<script>secret()</script>'],
    ['a style', '<style>.secret{}</style>'],
    ['a template', '<template>secret</template>'],
    ['what is shown without scripts', '<noscript>secret</noscript>'],
    ['hidden', '<p hidden>secret</p>'],
    ['hidden from readers', '<div aria-hidden="true">secret</div>'],
    ['not displayed', '<p style="color:red; DISPLAY : none">secret</p>'],
    ['invisible', '<p style="visibility:hidden">secret</p>'],
    ['of no size', '<p style="font-size:0">secret</p>'],
    ['beside the screen', '<p style="position:absolute;left:-9999px">secret</p>'],
    ['for screen readers alone', '<span class="a sr-only">secret</span>'],
    ['a comment', '<!-- secret -->'],
    ['a closed dialog', '<dialog>secret</dialog>'],
    ['a choice', '<select><option>secret</option></select>'],
  ])('leaves out %s', (_what, html) => {
    expect(page(`<p>before</p>${html}<p>after</p>`).text).toBe('before\n\nafter');
  });

  test('keeps what only fades in, and sizes that merely begin with a zero', () => {
    expect(page('<p style="opacity:0">shown <span style="font-size:0.9em">small</span></p>').text).toBe(
      'shown small',
    );
  });

  test('loses characters that nobody sees but a model reads', () => {
    const tags = String.fromCodePoint(0xe0049, 0xe0047, 0xe004e);
    expect(page(`<p>a${tags}b\u200Bc\u202Ed\u0007&nbsp;e</p>`).text).toBe('abcd e');
  });

  test('is cut at its limit and says so', () => {
    const { text } = readHtml(`<body><p>${'word '.repeat(30)}</p>`, url, 20);
    expect(text).toBe(
      'word word word word \n\n[Cut here: these are the first 20 of 149 characters of the page.]',
    );
  });

  test('of a page without any is empty', () => {
    expect(page('<div id="root"></div><script src="app.js"></script>').text).toBe('');
    expect(readHtml('', url, 100).text).toBe('');
  });

  test.each([
    ['in capitals', '<HTML><HEAD><TITLE>T</TITLE></HEAD><BODY><P>text</P></BODY></HTML>'],
    ['a fragment', 'te<b>xt</b>'],
    ['without an html element', '<head><title>T</title></head><body><p>text</p></body>'],
    ['without a body element', '<html><head><title>T</title></head><p>text</html>'],
    ['with a mark of its encoding', '\uFEFF<!doctype html><html><body>text'],
    ['never closed', '<html><body><div><p><b>text'],
  ])('of a page %s is found', (_what, html) => {
    expect(readHtml(html, url, 100).text).toBe('text');
  });
});

describe('title', () => {
  test.each([
    ['the title', '<title> Acme \n | Home </title><body><h1>Other</h1>', 'Acme | Home'],
    ['the title of a page without body', '<title>Acme</title><p>text', 'Acme'],
    [
      'what the page shares',
      '<html><head><meta property="og:title" content="Shared"></head><body><h1>Other</h1></body>',
      'Shared',
    ],
    ['the heading', '<body><h1>Only <b>heading</b></h1></body>', 'Only heading'],
    ['the address', '<body><p>text</p></body>', 'page'],
  ])('is %s', (_what, html, title) => {
    expect(readHtml(html, url, 1000).title).toBe(title);
  });

  test('of Markdown is its heading, of other text the name in the address', () => {
    expect(readText('\n# Read me\ntext', url, 1000).title).toBe('Read me');
    expect(readText('text', 'https://acme.com/', 1000).title).toBe('acme.com');
  });
});

describe('date', () => {
  const data = (value: unknown) => `<script type="application/ld+json">${JSON.stringify(value)}</script>`;
  test.each([
    [
      'article:published_time',
      '<meta property="article:published_time" content="2026-03-02T23:30:00-05:00">',
      '2026-03-02',
    ],
    ['JSON-LD', data({ '@type': 'NewsArticle', datePublished: '2026-03-02' }), '2026-03-02'],
    [
      'JSON-LD in a graph',
      data({ '@graph': [{ a: 1 }, { b: [{ datePublished: '2026-03-02T01:00Z' }] }] }),
      '2026-03-02',
    ],
    ['a single time', '<time datetime="2026-03-02">yesterday</time>', '2026-03-02'],
    [
      'meta before time',
      '<meta name="date" content="2026-03-01"><time datetime="2026-03-02">x</time>',
      '2026-03-01',
    ],
    ['several times', '<time datetime="2026-03-02">a</time><time datetime="2026-03-03">b</time>', null],
    ['no day of the calendar', '<time datetime="2026-02-30">a</time>', null],
    ['words', '<meta name="date" content="last Monday">', null],
    ['broken JSON-LD', '<script type="application/ld+json">{"datePublished":</script>', null],
  ])('from %s', (_what, head, date) => {
    expect(page('<p>text</p>', head).date).toBe(date);
  });
});

describe('links', () => {
  test('are absolute, in page order, each once, without fragments, the page itself and other schemes', () => {
    const { links } = page(`<nav><a href="/a">First</a></nav><a href="b?x=1#part">B</a><a href="#top">Top</a>
      <a href="../shop/page#x">Self</a><a href="mailto:info@acme.com">Mail</a><a href="javascript:x()">Script</a>
      <a href="//other.example/">Other</a><a href="/a#again">Again</a><a href="http://u:p@acme.com/">Login</a><a href="http://[">Bad</a>`);
    expect(links).toEqual([
      { url: 'https://acme.com/a', text: 'First' },
      { url: 'https://acme.com/shop/b?x=1', text: 'B' },
      { url: 'https://other.example/', text: 'Other' },
    ]);
  });

  test('follow the base that the page states', () => {
    expect(page('<a href="x">X</a>', '<base href="https://acme.com/docs/">').links).toEqual([
      { url: 'https://acme.com/docs/x', text: 'X' },
    ]);
  });

  test('without words are named by label, title or image, and take a later name', () => {
    const { links } = page(`<a href="/1" aria-label="One"></a><a href="/2" title="Two"><i></i></a>
      <a href="/3"><img alt="Three" src="x"></a><a href="/4"></a><a href="/4">Four</a>`);
    expect(links.map((link) => link.text)).toEqual(['One', 'Two', 'Three', 'Four']);
  });

  test('of a closed menu are kept, hidden ones elsewhere are not', () => {
    const { links } = page(
      '<nav><ul hidden><li><a href="/in">In</a></ul></nav><p hidden><a href="/trap">Trap</a></p>',
    );
    expect(links.map((link) => link.text)).toEqual(['In']);
  });

  test('are 400 at most, and none has an endless address', () => {
    const many = Array.from({ length: 500 }, (_, i) => `<a href="/${i}">${i}</a>`).join('');
    expect(page(`<a href="/${'x'.repeat(3000)}">Long</a>${many}`).links).toHaveLength(400);
  });
});
