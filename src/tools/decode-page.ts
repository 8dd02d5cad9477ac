import { TextDecoder } from 'node:util';
import { FetchFailure, shown } from './fetch-failure.ts';

export type PageKind = 'html' | 'text';

const html = /^(text\/html|application\/xhtml\+xml)$/;
const text = /^(text\/(plain|markdown|x-markdown)|application\/json|application\/[a-z0-9.+-]+\+json)$/;

const notReadable = (url: URL, what: string) =>
  new FetchFailure(
    'wrong-type',
    `${shown(url.href)} is ${what}, which cannot be read here; ask for a web page or a text.`,
  );

const essence = (type: string) => (type.split(';')[0] ?? '').trim().toLowerCase();

/** What a `content-type` header announces, null when there is none. Throws FetchFailure `wrong-type`. */
export function announcedKind(url: URL, type: string): PageKind | null {
  const word = essence(type);
  if (word === '') return null;
  if (html.test(word)) return 'html';
  if (text.test(word)) return 'text';
  throw notReadable(url, `of the type ${shown(word)}`);
}

/** The body as text, in its own encoding, and what it is. Throws FetchFailure `wrong-type` for what only claims to be text. */
export function decodePage(
  url: URL,
  type: string,
  body: Buffer,
): { readonly kind: PageKind; readonly text: string } {
  const decoded = decode(body, type);
  const start = decoded.slice(0, 4000);
  const strange = start.replace(/\s/g, '').match(/[\p{Cc}\uFFFD]/gu)?.length ?? 0;
  if (start.includes('\0') || start.startsWith('%PDF-') || strange > start.length * 0.05) {
    throw notReadable(url, 'a binary file');
  }
  return {
    kind: announcedKind(url, type) ?? (/^\s*<(?!\?xml)/.test(decoded) ? 'html' : 'text'),
    text: decoded,
  };
}

/** Byte order mark, then header, then the page's own word, then UTF-8 if it is that, then windows-1252, as browsers do. */
function decode(body: Buffer, type: string): string {
  const head = body.subarray(0, 2048).toString('latin1');
  const written = /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(head)?.[1];
  // A page whose word could be read byte by byte is not in UTF-16, whatever it says.
  const own = written !== undefined && /^utf-?16/i.test(written) ? 'utf-8' : written;
  const header = /charset\s*=\s*["']?([\w:.-]+)/i.exec(type)?.[1];
  const decoder = markOf(body) ?? decoderOf(header) ?? decoderOf(own);
  if (decoder !== null) return decoder.decode(body);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return new TextDecoder('windows-1252').decode(body);
  }
}

function markOf(body: Buffer): TextDecoder | null {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) return new TextDecoder('utf-8');
  if (body[0] === 0xfe && body[1] === 0xff) return new TextDecoder('utf-16be');
  if (body[0] === 0xff && body[1] === 0xfe) return new TextDecoder('utf-16le');
  return null;
}

function decoderOf(label: string | undefined): TextDecoder | null {
  if (label === undefined) return null;
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
}
