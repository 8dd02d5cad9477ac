import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { stdin } from 'node:process';
import type { Resolved } from '../../commands/index.ts';
import type { TypedFile } from '../chat/terminal/wire.ts';
import { fileBytesMost, tooBig } from '../core/input-file.ts';
import { CrewsmithError } from '../errors.ts';

const standardInput = '-';

/**
 * The files that a command names, read where it is typed: whoever works on the store may stand in another folder, and reads none
 * on anybody's word. A path may begin with `@`, as other commands have it; `-` is standard input. Throws `file.unread`, `input.invalid`.
 */
export async function filesTyped({ crew, values }: Resolved): Promise<readonly TypedFile[]> {
  const files: TypedFile[] = [];
  for (const { name: field, type } of crew?.input ?? []) {
    const path = type === 'file' ? (values.arg(field) ?? values.flag(field)) : null;
    if (path === null || path.trim() === '') continue;
    const at = path.replace(/^@/, '');
    const name = at === standardInput ? 'standard input' : basename(at);
    files.push({ field, name, base64: (await bytesAt(at, field, name)).toString('base64') });
  }
  return files;
}

async function bytesAt(path: string, field: string, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of path === standardInput ? stdin : createReadStream(path)) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      // No more of what may have no end. Leaving the loop closes it.
      if (size > fileBytesMost) break;
    }
  } catch (error) {
    const next = 'Give the way to a file of text that you can read, like notes.md.';
    throw new CrewsmithError('file.unread', { file: path.slice(0, 200), why: whyOf(error), next });
  }
  if (size > fileBytesMost) throw new CrewsmithError('input.invalid', { field, why: tooBig(name, null) });
  return Buffer.concat(parts);
}

function whyOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  return code === 'EACCES' || code === 'EPERM' ? 'the system does not let you read it' : 'it cannot be read';
}
