import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Resolved } from '../../commands/index.ts';
import type { TypedFile } from '../chat/terminal/wire.ts';
import { fileBytesMost, tooBig } from '../core/input-file.ts';
import { CrewsmithError } from '../errors.ts';

/**
 * The files that a command names, read where it is typed: whoever works on the store may stand in another folder, and reads none
 * on anybody's word. A path may begin with `@`, as other commands have it; `-` is standard input. Throws `file.unread`, `input.invalid`.
 */
export async function filesTyped({ crew, values }: Resolved): Promise<readonly TypedFile[]> {
  const files: TypedFile[] = [];
  for (const { name: field, type } of crew?.input ?? []) {
    const path = type === 'file' ? (values.arg(field) ?? values.flag(field)) : null;
    if (path === null || path.trim() === '') continue;
    const isInput = path === '-';
    const at = isInput ? '/dev/stdin' : path.replace(/^@/, '');
    const name = isInput ? 'standard input' : basename(at);
    files.push({ field, name, base64: (await bytesAt(at, field, name)).toString('base64') });
  }
  return files;
}

async function bytesAt(path: string, field: string, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    await using file = await open(path, 'r');
    // One byte more than may be, and no more of what has no end.
    for await (const part of file.createReadStream({ end: fileBytesMost })) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
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
