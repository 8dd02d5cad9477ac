import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCrew } from '../../src/core/crew-file.ts';
import { problemText } from '../../src/core/crew-problems.ts';
import { crewFileSchema, crewJsonSchema } from '../../src/core/crew-schema.ts';
import { sampleOf } from '../../src/core/crew-template-check.ts';
import { compileCrew } from '../../src/core/template.ts';
import { goodCrew } from '../support/crew-text.ts';

const folder = join(import.meta.dirname, '../../crews');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function read(name: string) {
  const path = join(folder, name);
  const readFile = (file: string) => {
    const at = join(dirname(path), file);
    return existsSync(at) ? readFileSync(at, 'utf8') : null;
  };
  return readCrew({ file: `crews/${name}`, text: readFileSync(path, 'utf8'), readFile });
}

describe('the crews that come with the product', () => {
  it('are there', () => {
    expect(files).toEqual(['draft.yaml', 'lead.yaml', 'research.yaml']);
  });

  it.each(files)('check clean: %s', (name) => {
    const result = read(name);
    expect('problems' in result ? result.problems.map(problemText) : []).toEqual([]);
  });

  it.each(files)('name their schema for editors and satisfy it: %s', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=crew.schema.json');
    expect(crewFileSchema().safeParse(parse(text)).error?.issues).toBeUndefined();
  });

  it.each(files)('render each prompt from values of the shapes they promise: %s', (name) => {
    const result = read(name);
    if ('problems' in result) throw new Error('has problems');
    const { crew } = result;
    const outputs = crew.steps.map(
      (s) => [s.id, s.kind === 'prompt' ? sampleOf(s.output ?? { is: 'text' }) : null] as const,
    );
    const input = Object.fromEntries(crew.input.map((field) => [field.name, field.example]));
    const scope = {
      input,
      steps: Object.fromEntries(outputs),
      sources: [{ n: 5, url: 'https://example.com/', title: 'T', date: null, text: 'x' }],
    };
    const compiled = compileCrew(crew);
    for (const step of crew.steps) {
      if (step.kind === 'prompt') expect(compiled.prompt(step.id, scope).length).toBeGreaterThan(20);
    }
  });
});

describe('the published schema of crew files', () => {
  it('is what the code makes; when this fails, renew it: npm run -s crew -- crews schema --json > crews/crew.schema.json', () => {
    const published = JSON.parse(readFileSync(join(folder, 'crew.schema.json'), 'utf8'));
    expect(published).toEqual(crewJsonSchema());
  });

  it('accepts a crew without mistakes and refuses an unknown key', () => {
    expect(crewFileSchema().safeParse(parse(goodCrew)).success).toBe(true);
    expect(crewFileSchema().safeParse(parse(goodCrew.replace('summary:', 'sumary:'))).success).toBe(false);
  });
});
