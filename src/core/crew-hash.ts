import { createHash } from 'node:crypto';
import type { Crew } from './crew.ts';
import { canonicalJson, type Json } from './json.ts';

/** The version of a crew, by its content: 12 hex digits. Where a key stands in the file does not matter. */
export const crewHash = (crew: Crew): string =>
  createHash('sha256')
    .update(canonicalJson(crew as unknown as Json))
    .digest('hex')
    .slice(0, 12);
