import { parseHTML } from 'linkedom';

/** The little of the DOM that reading a page needs. */
export interface PageElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  readonly children: Iterable<PageElement> & { readonly length: number };
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement> & { readonly length: number };
  closest(selector: string): PageElement | null;
  remove(): void;
}

export interface PageDocument extends PageElement {
  readonly body: PageElement;
  cloneNode(deep: boolean): PageDocument;
}

export function parsePage(html: string): PageDocument {
  // This parser gives a body only to what is a whole document.
  const whole =
    /<html[\s>]/i.test(html) && /<body[\s>]/i.test(html)
      ? html
      : `<!doctype html><html><body>${html}</body></html>`;
  const { document }: { document: PageDocument } = parseHTML(whole);
  return document;
}

const unread =
  'title,script,style,template,noscript,iframe,object,embed,svg,canvas,audio,video,input,select,textarea,' +
  'dialog:not([open]),[hidden]:not([hidden="until-found"]),[aria-hidden="true"],.sr-only,.visually-hidden,.screen-reader-text';
// Not opacity: many sites fade their real content in.
const hiding =
  /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|em|rem|%)?\s*(?:;|$|!)|(?:left|top|text-indent)\s*:\s*-\d{3,})/i;

/** Takes out what a person looking at the page would not read. What only style sheets hide stays: they are not read. */
export function dropUnread(document: PageDocument): void {
  const hidden = [...document.querySelectorAll('[style]')].filter((e) =>
    hiding.test(e.getAttribute('style') ?? ''),
  );
  for (const element of [...document.querySelectorAll(unread), ...hidden]) {
    if (element.tagName !== 'BODY' && element.tagName !== 'HTML') element.remove();
  }
}
