import type { Clock } from '../clock.ts';

/** Sortable ids, typed by prefix. */
export interface Ids {
  next(kind: IdKind): string;
}

export type IdKind =
  | 'workspace'
  | 'installation'
  | 'channel'
  | 'member'
  | 'account'
  | 'key'
  | 'version'
  | 'link'
  | 'code'
  | 'request'
  | 'run'
  | 'attempt'
  | 'gate'
  | 'doc'
  | 'decision'
  | 'budget'
  | 'period'
  | 'entry'
  | 'job'
  | 'card'
  | 'message'
  | 'session'
  | 'boot';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const perMs = 32 ** 2;
const noiseBytes = 1_024;

/**
 * `run_` and 16 characters of Crockford's base 32: 9 of the time in ms, 2 that count within it, 5 random. Rising within a
 * process, also in the same ms; the random part keeps processes apart.
 */
export function createIds(parts: { clock: Clock; random: (bytes: number) => Buffer }): Ids {
  let time = 0;
  let count = 0;
  // Asking for a few bytes costs as much as asking for many.
  let noise: Buffer = Buffer.alloc(0);
  let at = 0;
  return {
    next(kind) {
      const now = parts.clock.now();
      if (now > time) [time, count] = [now, 0];
      else if (++count >= perMs) [time, count] = [time + 1, 0];
      if (at + 4 > noise.length) [noise, at] = [parts.random(noiseBytes), 0];
      const random = noise.readUInt32BE(at) % 32 ** 5;
      at += 4;
      return `${kind}_${base32(time, 9)}${base32(count, 2)}${base32(random, 5)}`;
    },
  };
}

function base32(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i++) {
    text = (alphabet[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
