import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from './tree.ts';

const script = fileURLToPath(new URL('./chromium-process.ts', import.meta.url));

/** Where this is, one whole Chromium lies, with its fonts: it is unpacked once, beside the packages. */
const place = join(root, 'node_modules', '.cache', 'chromium');

/**
 * The path of a browser. Its package unpacks into the folder for temporary files, where nothing may be run if that is in memory, and
 * takes a file for whole that another process still writes; so it has a folder of its own, which then gets its name at one stroke.
 */
export async function chromiumPath(): Promise<string> {
  const path = join(place, 'chromium');
  if (existsSync(path)) return path;
  await mkdir(join(place, '..'), { recursive: true });
  const folder = await mkdtemp(`${place}-`);
  await promisify(execFile)(process.execPath, [script], { env: { ...process.env, TMPDIR: folder } });
  try {
    await rename(folder, place);
  } catch (error) {
    // Another process was first.
    await rm(folder, { recursive: true });
    if (!existsSync(path)) throw error;
  }
  return path;
}
