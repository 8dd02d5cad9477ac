import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
/** Many times what a run of all tests has there at once. */
const roomBytes = 2 ** 28;
/** The folder for temporary files that is not in memory, for who writes much. */
export const diskVariable = 'TESTS_ON_DISK';

/** Of a run that was killed: nobody else gives the memory back. */
function isLeft(name: string): boolean {
  const [, pid] = /^crewsmith-tests-(\d+)-/.exec(name) ?? [];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Once for a whole run: where the system has a folder in memory with room in it, what tests write goes there. SQLite flushes each
 * commit (rule Q3); a disk takes most of a run's time for that, and no test takes the power away.
 */
export default function setup(): () => void {
  if (!existsSync(memory)) return () => {};
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < roomBytes) return () => {};
  for (const left of readdirSync(memory)) if (isLeft(left)) rmSync(join(memory, left), { recursive: true });
  const folder = mkdtempSync(join(memory, `crewsmith-tests-${process.pid}-`));
  // PostgreSQL runs as a user of its own and reads its password there.
  chmodSync(folder, 0o711);
  process.env[diskVariable] = tmpdir();
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
