import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const memory = '/dev/shm';
/** Several times what a run of all tests has there at once. */
const roomBytes = 2 ** 31;

/**
 * Once for a whole run: where the system has a folder in memory with room in it, what tests write goes there. SQLite flushes each
 * commit (rule Q3); a disk takes most of a run's time for that, and no test takes the power away.
 */
export default function setup(): () => void {
  if (!existsSync(memory)) return () => {};
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < roomBytes) return () => {};
  const folder = mkdtempSync(join(memory, 'crewsmith-'));
  // PostgreSQL runs as a user of its own and has a folder in this one.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
