import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../commands/index.ts';
import { exits } from '../src/cli/exit.ts';
import { settingNames } from '../src/config.ts';
import { arrowsOf, drawArrows } from './support/import-graph.ts';
import { committable, readText, sourcesIn } from './support/tree.ts';

const files = committable();
const docs = files.filter((path) => path.endsWith('.md') && !path.startsWith('crews/'));
const readme = readText('README.md');
const architecture = readText('ARCHITECTURE.md');
const packageJson = JSON.parse(readText('package.json')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};

/** Rows of the table under a heading row, as the texts of their cells. */
function table(text: string, heading: string): string[][] {
  const [, after = ''] = text.split(`\n${heading}\n`);
  const rows = after.split('\n\n', 1)[0]?.trimEnd().split('\n').slice(1) ?? [];
  return rows.map((row) =>
    row
      .replace(/^\| | \|$/g, '')
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

const inBackticks = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, found = '']) => found);

describe('README', () => {
  test('it lists every command with its own summary, in the order of help', () => {
    const summaries = new Map<string, string[]>();
    for (const { name, summary } of commands)
      summaries.set(summary, [...(summaries.get(summary) ?? []), `\`${name}\``]);
    expect(table(readme, '| command | what it does |')).toEqual(
      [...summaries].map(([summary, names]) => [names.join(', '), summary]),
    );
  });

  test('its exit codes are those of the program', () => {
    const listed = table(readme, '| exit | meaning |').map(([code, meaning = '']) => [
      meaning.split(/[ :,]/)[0],
      Number(code),
    ]);
    expect(Object.fromEntries(listed)).toEqual(exits);
  });

  test('it has every setting, and none that is not there', () => {
    const listed = readme
      .split('\n')
      .filter((line) => /^\| `[A-Z]/.test(line))
      .flatMap((line) => inBackticks(line.split(' | ', 1)[0] ?? ''));
    expect(listed.sort()).toEqual([...settingNames].sort());
  });
});

test('a service starts the program as npm does', () => {
  const [, started] = /ExecStart=\S+\/node_modules\/\.bin\/(.*)/.exec(readText('docs/operating.md')) ?? [];
  expect(started).toBe(packageJson.scripts.start);
});

test('.env.example has every setting, each once, and sets none', () => {
  const lines = readText('.env.example').split('\n');
  const named = lines.flatMap((line) => /^#([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(named.sort()).toEqual([...settingNames].sort());
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
});

describe('ARCHITECTURE', () => {
  test('its picture is drawn from the imports: "npm run imports" prints the new one', () => {
    const [, picture = ''] = /```mermaid\n([\s\S]*?)\n```/.exec(architecture) ?? [];
    expect(picture).toBe(drawArrows(arrowsOf(sourcesIn('src', 'commands'))));
  });

  test('it gives a reason for each runtime dependency', () => {
    const reasons = table(architecture, '| package | why |');
    expect(reasons.map(([name]) => name).sort()).toEqual(
      Object.keys(packageJson.dependencies)
        .map((name) => `\`${name}\``)
        .sort(),
    );
    expect(reasons.filter(([, why = '']) => why === '')).toEqual([]);
  });
});

describe('all documents', () => {
  test('every link and every path leads to something', () => {
    expect(docs).toContain('README.md');
    const targets = docs.flatMap((path) => {
      const text = readText(path);
      const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, to = '']) => to);
      const near = links.filter((to) => !/^https?:/.test(to)).map((to) => join(dirname(path), to));
      const named = inBackticks(text).filter((to) =>
        /^(?:src|commands|crews|test|bench|docs|\.ci)\/[a-z\d./-]*$/.test(to),
      );
      return [...near, ...named].map((to) => ({ path, to }));
    });
    expect(targets.length).toBeGreaterThan(20);
    // Not what lies here: an empty folder is in no clone.
    const there = (to: string) =>
      files.some((path) => path === to || path.startsWith(`${to.replace(/\/$/, '')}/`));
    expect(targets.filter(({ to }) => !there(to))).toEqual([]);
  });

  test('every script that they tell to run is there', () => {
    const told = docs.flatMap((path) =>
      [...readText(path).matchAll(/npm run (?:--silent )?(\w[\w:-]*)/g)].map(([, script = '']) => script),
    );
    expect(new Set(told).size).toBeGreaterThan(3);
    expect(told.filter((script) => !(script in packageJson.scripts))).toEqual([]);
  });

  test('every rule that the code names is among the rules', () => {
    const known = new Set(
      [...readText('docs/rules.md').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, rule]) => rule),
    );
    const named = sourcesIn('src', 'commands', 'test').flatMap(({ path, text }) =>
      [...text.matchAll(/\brules? ((?:[A-Z]\d+(?:, | and | to )?)+)/gi)].flatMap(([, found = '']) =>
        [...found.matchAll(/[A-Z]\d+/g)].map(([rule]) => ({ path, rule })),
      ),
    );
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(({ rule }) => !known.has(rule))).toEqual([]);
  });
});

test('each of docs/rules.md is named by a test that shows it', () => {
  const rules = [...readText('docs/rules.md').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, id = '']) => id);
  expect(rules.length).toBeGreaterThan(50);
  const titles = sourcesIn('test').flatMap(({ code }) =>
    [...code.matchAll(/^.*\brules? ([A-Z]\d+(?:(?:, | and )[A-Z]\d+)*).*$/gm)].map(([, ids = '']) => ids),
  );
  const shown = new Set(titles.flatMap((ids) => ids.split(/, | and /)));
  expect(rules.filter((id) => !shown.has(id))).toEqual([]);
  expect([...shown].filter((id) => !rules.includes(id))).toEqual([]);
});
