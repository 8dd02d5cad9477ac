import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCrew } from '../../src/core/crew-file.ts';
import type { Json } from '../../src/core/json.ts';
import { createSandbox } from '../../src/providers/sandbox/index.ts';
import { type House, openHouse } from '../support/house.ts';
import { createScripted } from '../support/scripted.ts';

const folder = join(import.meta.dirname, '../../crews');

function crewNamed(name: string) {
  const readFile = (file: string) => {
    const at = join(folder, file);
    return existsSync(at) ? readFileSync(at, 'utf8') : null;
  };
  const text = readFileSync(join(folder, `${name}.yaml`), 'utf8');
  const read = readCrew({ file: `crews/${name}.yaml`, text, readFile });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.crew;
}

/** Crews that live on what people type; `research` is run in `test/terminal` over a real site. */
const inputs: Readonly<Record<string, Record<string, Json>>> = {
  draft: { brief: 'Tell our customers that prices change on 1 March. Basic goes from 9 to 11 euros.' },
  lead: { message: 'Hi! We are 40 people and look for a booking tool before June. What does it cost?' },
};

let opened: House | null = null;
afterEach(async () => {
  await opened?.end();
  opened = null;
});

test('every crew that comes with the product is among those that are run to their end', () => {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -5)] : []));
  expect(names.sort()).toEqual([...Object.keys(inputs), 'research'].sort());
});

test.each(Object.entries(inputs))(
  '%s goes on the sandbox from what was typed to what is published',
  async (name, input) => {
    const house = await openHouse({ providers: [createSandbox()], keys: [] });
    const run = await house.ask(crewNamed(name), input);
    expect((await house.view(run)).waiting).toMatchObject({ for: 'approval', draft: 1 });
    await house.decide(run, 'approve');
    const done = await house.view(run);
    expect(done).toMatchObject({ status: 'completed', costNano: 0, sandbox: true });
    const published = JSON.stringify(house.recorder.messages().at(-1)?.card.body);
    // The words of the person who asked, and whose they are not.
    expect(published).toContain(String(Object.values(input)[0]).split(/(?<=[.!?])\s/)[0]);
    expect(published).toContain('no model was asked');
  },
);

test('an inquiry that is neither a sale nor a partner is answered without a score', async () => {
  const asked: string[] = [];
  const provider = createScripted((request) => {
    const name = request.output?.name ?? '';
    asked.push(name);
    if (name === 'triage')
      return { json: { kind: 'support', sender: 'Bo', wants: 'help', facts: [], missing: [] } };
    return { json: { subject: 'Re: help', body: 'We look into it.' } };
  });
  const house = await openHouse({ providers: [provider] });
  opened = house;
  const run = await house.ask(crewNamed('lead'), { message: 'It does not start.' });
  expect(asked).toEqual(['triage', 'reply']);
  expect((await house.view(run)).steps.map((s) => [s.id, s.status])).toEqual([
    ['triage', 'done'],
    ['score', 'skipped'],
    ['reply', 'done'],
    ['approve', 'waiting'],
    ['publish', 'pending'],
  ]);
});
