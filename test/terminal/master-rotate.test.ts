import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { install } from '../support/program.ts';

const [first, second] = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64')) as [
  string,
  string,
];

test('a master key is changed while the one before is at hand, and is then needed no more (rule K6)', async () => {
  const variables: Record<string, string> = { CREWSMITH_MASTER_KEY: first };
  const there = await install(variables);
  try {
    expect((await there.run(['settings', 'zone', 'Europe/Berlin'])).exit).toBe(0);
    const alone = await there.run(['master', 'rotate']);
    expect(alone).toMatchObject({ exit: 2, err: expect.stringContaining('CREWSMITH_MASTER_KEY_OLD') });

    variables.CREWSMITH_MASTER_KEY = second;
    expect((await there.run(['runs'])).err).toContain('CREWSMITH_MASTER_KEY_OLD');
    variables.CREWSMITH_MASTER_KEY_OLD = first;
    const rotated = await there.run(['master', 'rotate', '--json']);
    expect(JSON.parse(rotated.out)).toMatchObject({ rows: 1 });
    expect(JSON.parse((await there.run(['master', 'rotate', '--json'])).out)).toMatchObject({ rows: 0 });

    delete variables.CREWSMITH_MASTER_KEY_OLD;
    expect(await there.run(['verify'])).toMatchObject({ exit: 0 });
    variables.CREWSMITH_MASTER_KEY = first;
    expect((await there.run(['verify'])).exit).not.toBe(0);
  } finally {
    await there.remove();
  }
});
