import type { JsonObject } from '../../../src/core/json.ts';
import type { FakeFile } from './state.ts';

export interface Request {
  readonly method: string;
  /** Behind the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject | readonly JsonObject[] | null;
  readonly files: readonly FakeFile[];
}

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export const refused = (status: number, code: number, message: string): Answered => ({
  status,
  body: { code, message },
});

export const invalid = (says: string): Answered => refused(400, 50_035, `Invalid Form Body: ${says}`);
