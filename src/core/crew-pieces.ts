import { z } from 'zod';
import type { Path, Report } from './crew-problems.ts';
import { didYouMean } from './nearest.ts';

/** Checks one piece of a crew file against its schema and reports each mistake at its place; null when there was one. */
export function piece<T>(schema: z.ZodType<T>, value: unknown, path: Path, report: Report): T | null {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const at = [...path, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      for (const key of issue.keys)
        report.at([...at, key], `unknown key "${key}"${didYouMean(key, known)}`, { key: true });
    } else {
      const key = at.findLast((part) => typeof part === 'string') ?? 'the file';
      const item = typeof at.at(-1) === 'number' ? `item ${Number(at.at(-1)) + 1} of ` : '';
      const subject = at.length === 0 ? 'the file' : `${item}"${String(key)}"`;
      report.at(at, `${subject} ${issue.message}`, { key: issue.message === 'is missing' });
    }
  }
  return null;
}

function keysAt(schema: z.ZodType, path: Path): string[] {
  let at: unknown = schema;
  for (const part of path) {
    at = bare(at);
    at =
      at instanceof z.ZodObject ? at.shape[String(part)] : at instanceof z.ZodArray ? at.element : undefined;
  }
  at = bare(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

const bare = (schema: unknown): unknown => (schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema);
