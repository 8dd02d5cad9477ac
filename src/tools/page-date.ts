import type { PageDocument } from './page-dom.ts';

const metas = [
  'meta[property="article:published_time"]',
  'meta[itemprop="datePublished"]',
  'meta[name="article:published_time"]',
  'meta[name="date"]',
  'meta[name="pubdate"]',
  'meta[name="publish-date"]',
  'meta[name="dc.date"]',
  'meta[name="DC.date.issued"]',
];

/** The day on which the page says it was published, `2026-03-02`, or null. To be asked before scripts are dropped. */
export function dateOf(document: PageDocument): string | null {
  for (const selector of metas) {
    const day = dayOf(document.querySelector(selector)?.getAttribute('content'));
    if (day !== null) return day;
  }
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    const day = dayInData(script.textContent ?? '');
    if (day !== null) return day;
  }
  // Several times on a page are a list's, or comments', and say nothing about the page.
  const times = [...document.querySelectorAll('time[datetime]')].map((e) =>
    dayOf(e.getAttribute('datetime')),
  );
  const days = new Set(times.filter((day) => day !== null));
  const [only] = days;
  return days.size === 1 && only !== undefined ? only : null;
}

function dayInData(text: string): string | null {
  let todo: unknown[];
  try {
    todo = [JSON.parse(text)];
  } catch {
    return null;
  }
  for (let looked = 0; todo.length > 0 && looked < 1000; looked++) {
    const value = todo.shift();
    if (typeof value !== 'object' || value === null) continue;
    if ('datePublished' in value && typeof value.datePublished === 'string') {
      const day = dayOf(value.datePublished);
      if (day !== null) return day;
    }
    todo = todo.concat(Object.values(value).slice(0, 200));
  }
  return null;
}

function dayOf(text: string | null | undefined): string | null {
  const day = /^\s*(\d{4}-\d{2}-\d{2})(?!\d)/.exec(text ?? '')?.[1];
  if (day === undefined) return null;
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day ? null : day;
}
