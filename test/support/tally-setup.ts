import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTally, tallyVariable } from './tally.ts';

/** Once for a whole run: says at its end how many requests fit Discord's own description, and fails it where one did not. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'crewsmith-tally-'));
  process.env[tallyVariable] = folder;
  return () => {
    const { fits, fitsNot } = readTally(folder, 'discord');
    rmSync(folder, { recursive: true });
    if (fits > 0) process.stdout.write(`${fits} requests to Discord fit its own description of its API\n`);
    if (fitsNot.length > 0)
      throw new Error(`${fitsNot.length} requests to Discord do not fit: ${fitsNot.join('; ')}`);
  };
}
