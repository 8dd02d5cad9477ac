/** The sentences of a page, and what each is about. Rough on purpose: the sandbox shows how a crew works, not what a model writes. */
export interface Sentence {
  /** As it stands on the page, without Markdown's marks. */
  readonly text: string;
  readonly topic: Topic;
}

export type Topic = 'pricing' | 'signals' | 'customers' | 'risks' | 'what';

interface Signs {
  readonly topic: Topic;
  /** In a heading, a title or an address, and in the name of a field. */
  readonly name: RegExp;
  /** In a sentence: enough alone, and a hint. */
  readonly strong: RegExp;
  readonly weak: RegExp;
}

const month = 'january|february|march|april|may|june|july|august|september|october|november|december';

/** In the order in which they win where a sentence shows as much of several. */
const signs: readonly Signs[] = [
  {
    topic: 'pricing',
    name: /pric|cost|plans?\b|fees?\b|billing/i,
    strong:
      /[$€£¥]\s?\d|\d\s?(usd|eur|gbp|dollars?|euros?|pounds?)\b|\bfree (of charge|trial|plan|software)|\bcosts? (nothing|[\w ]*extra)|\b(per|a) (month|year|user|seat)\b|\bpays?\b|\btried for\b/i,
    weak: /\b(free|costs?|prices?|plans?|charges?|billed)\b/i,
  },
  {
    topic: 'signals',
    name: /signal|news|recent|event|press|blog/i,
    strong: new RegExp(
      `\\b(19|20)\\d\\d\\b|\\b(${month}) \\d|\\b\\d{1,2} (${month})\\b|\\btoday\\b|\\b(launch|announc|acquir|rais)(e[sd]|ed)\\b`,
      'i',
    ),
    weak: /\b(new|now|recently|opens?|opened|passes|joins?|founded)\b/i,
  },
  {
    topic: 'risks',
    name: /risk|concern|weak|threat|caveat|limitation/i,
    strong:
      /\b(risks?|may still|not known|cannot|no longer|discontinued|unless|except|test phase|beta|limited to|at most)\b/i,
    weak: /\b(only|but|however|without|until|not|never|needs?|requires?)\b/i,
  },
  {
    topic: 'customers',
    name: /customer|client|buyer|users?\b|audience|market|who/i,
    strong:
      /\b(customers?|clients?|used by|trusted by|is for|made for|built for|serves?)\b|\d[\d,.]* [\w ]{0,24}(teams?|shops?|companies|users?|people|stores?|schools?)\b/i,
    weak: /\b(teams?|shops?|companies|users?|people|businesses)\b/i,
  },
  {
    topic: 'what',
    name: /what|about|summary|overview|description|product|feature|does|offer/i,
    strong: /\b(makes?|offers?|provides?|builds?|sells?|develops?|is an?|are a)\b/i,
    weak: /\b(is|are|lets?|helps?|runs?|works?|shows?|sends?|keeps?|sets?|moves?|can)\b/i,
  },
];

/** What a field is about, by its name; null where the name says nothing. */
export const topicNamed = (name: string): Topic | null => signs.find((s) => s.name.test(name))?.topic ?? null;

const heading = /^\s*#{1,6}\s+(.*)$/;
const notProse = /^\s*(\||!\[|```|---|\*\*\*|\[cut here)/;
const bullet = /^\s*(?:[-*+]|\d+[.)])\s+/;
/** What pages say to machines and to everybody on every page. */
const passedOver =
  /\b(ignore|disregard)\b.{0,40}\b(instructions?|previous|above)\b|^(assistant|system|user)\s*:|\bcookies?\b|all rights reserved|©|\bsign in\b|\blog in\b|served by your own/i;

const length = { least: 25, most: 300 };

/** The sentences of a text in its order. `place`: the title and address of its page. */
export function sentencesOf(text: string, place: string): Sentence[] {
  let under = '';
  return text.split('\n').flatMap((line) => {
    const [, title] = heading.exec(line) ?? [];
    if (title !== undefined) under = title;
    if (title !== undefined || notProse.test(line)) return [];
    const listed = bullet.test(line);
    return plain(line.replace(bullet, ''))
      .split(/(?<=[.!?])\s+(?=[\p{Lu}\d"“'€$£])/u)
      .map((part) => part.trim())
      .filter((part) => isProse(part, listed) && !passedOver.test(part))
      .map((part) => ({ text: part, topic: topicOf(part, under, place) }));
  });
}

const plain = (line: string) =>
  line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]+|(?<!\w)_+|_+(?!\w)/g, '')
    .replace(/\s+/g, ' ');

function isProse(part: string, listed: boolean): boolean {
  if (part.length < length.least || part.length > length.most) return false;
  return /[.!?]["”)]?$/.test(part) || (listed && part.split(' ').length >= 5);
}

function topicOf(text: string, under: string, place: string): Topic {
  const scores = signs.map((s) => ({
    topic: s.topic,
    score:
      (s.strong.test(text) ? 3 : 0) +
      (s.weak.test(text) ? 1 : 0) +
      (s.name.test(under) ? 2 : 0) +
      (s.name.test(place) ? 1 : 0),
  }));
  const [first, ...rest] = scores;
  if (first === undefined) return 'what';
  const best = rest.reduce((a, b) => (b.score > a.score ? b : a), first);
  // A word or a page's name alone makes no risk, customer or event.
  return best.score >= 3 ? best.topic : 'what';
}
