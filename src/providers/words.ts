import type { Secret } from '../core/secret.ts';
import type { ModelRequest } from './port.ts';

const longest = 300;
/** An echo of so many characters is not chance. */
const echo = 20;
/** Nor are so many characters of the key. */
const keyPiece = 8;
const looksLikeKey = /\b(?:(?:sk|pk|rk)-[\w*.…-]{6,}|bearer \S{6,})/gi;

/**
 * A provider's own words, fit to be shown and logged: one short line without the key, whole or in part. Words that repeat what was
 * sent are left out altogether, since a prompt belongs in no error; null when nothing is left.
 */
export function providerWords(message: unknown, secret: Secret, sent: readonly string[]): string | null {
  if (typeof message !== 'string') return null;
  const line = withoutKey(message.replace(/\s+/g, ' ').trim(), secret.reveal());
  if (line === '' || sent.some((text) => echoes(line, text.replace(/\s+/g, ' ')))) return null;
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}

/** Every text of a request that people or pages wrote. */
export function textsOf(request: ModelRequest): string[] {
  const items = request.conversation.flatMap((said) => said.items);
  const written = items.map((item) => (item.type === 'call' ? JSON.stringify(item.arguments) : item.text));
  return [request.instructions, ...written];
}

function withoutKey(line: string, key: string): string {
  const whole = withoutPieces(key === '' ? line : line.replaceAll(key, '[key]'), key);
  // Providers repeat the ends of a key around stars.
  const ends = [key.slice(0, 8), key.slice(-4)].filter((end) => key.length >= 12 && end !== '');
  const starred = whole.replace(/\S*\*{2,}\S*/g, '[key]').replace(looksLikeKey, '[key]');
  return ends.reduce((text, end) => text.replaceAll(end, '[key]'), starred);
}

/** Some providers cut a key in two, or show its middle. */
function withoutPieces(line: string, key: string): string {
  let left = '';
  for (let at = 0; at < line.length; ) {
    let end = at + keyPiece;
    if (end > line.length || !key.includes(line.slice(at, end))) {
      left += line[at];
      at++;
      continue;
    }
    while (end < line.length && key.includes(line.slice(at, end + 1))) end++;
    left += '[key]';
    at = end;
  }
  return left;
}

function echoes(line: string, sent: string): boolean {
  if (sent.length < echo) return sent.length >= 8 && line.includes(sent);
  for (let at = 0; at + echo <= line.length; at++) {
    if (sent.includes(line.slice(at, at + echo))) return true;
  }
  return false;
}
