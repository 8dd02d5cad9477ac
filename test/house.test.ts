import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { errors } from '../src/errors.ts';
import { adapterOf, arrowsOf, circlesOf, mayKnow, partOf } from './support/import-graph.ts';
import { committable, readText, root, type Source, sourcesIn } from './support/tree.ts';

const program = sourcesIn('src', 'commands');
const tests = sourcesIn('test', 'bench');
const everything = [...program, ...tests];
const packageJson = JSON.parse(readText('package.json')) as {
  version: string;
  dependencies: Record<string, string>;
};

/** The one place of each runtime dependency: each SDK is imported in one folder only. */
const doors: Readonly<Record<string, readonly string[]>> = {
  '@anthropic-ai/sdk': ['src/providers/anthropic/'],
  '@google/genai': ['src/providers/google/'],
  '@discordjs/ws': ['src/chat/discord/'],
  '@expo-google-fonts/inter': ['src/chat/charts/', 'src/chat/web/'],
  '@hono/node-server': ['src/chat/web/'],
  '@mozilla/readability': ['src/tools/'],
  '@pydantic/genai-prices': ['src/providers/prices.ts'],
  '@resvg/resvg-js': ['src/chat/charts/'],
  '@slack/bolt': ['src/chat/slack/'],
  'better-sqlite3': ['src/store/'],
  'discord.js': ['src/chat/discord/'],
  echarts: ['src/chat/charts/'],
  hono: ['src/chat/web/'],
  'htmx.org': ['src/chat/web/'],
  'ipaddr.js': ['src/tools/'],
  kysely: ['src/store/'],
  linkedom: ['src/tools/'],
  liquidjs: ['src/core/'],
  luxon: ['src/core/', 'src/services/'],
  openai: ['src/providers/openai/'],
  pg: ['src/store/'],
  pino: ['src/cli/log.ts'],
  'robots-parser': ['src/tools/'],
  turndown: ['src/tools/'],
  undici: ['src/tools/'],
  yaml: ['src/core/'],
  zod: ['src/core/', 'src/config.ts', 'src/providers/'],
};

/** Files with a match, as `path: match`, so that a failure names the place. */
function where(sources: readonly Source[], pattern: RegExp, of: 'text' | 'code' = 'code'): string[] {
  return sources.flatMap((source) =>
    [...source[of].matchAll(pattern)].map(([found]) => `${source.path}: ${found}`),
  );
}

const lengthOf = (text: string) => text.trimEnd().split('\n').length;

describe('arrows', () => {
  test('every file of the program belongs to a part of the house', () => {
    expect(program.filter((source) => partOf(source.path) === null).map((source) => source.path)).toEqual([]);
  });

  test('an import goes down, and only to a part that may be known', () => {
    const arrows = arrowsOf(program);
    expect(arrows.length).toBeGreaterThan(50);
    expect(
      arrows.filter(({ from, to }) => !mayKnow[from]?.includes(to)).map((arrow) => arrow.because),
    ).toEqual([]);
  });

  test('the parts that may be known form no circle: each names lower ones only', () => {
    const order = Object.keys(mayKnow);
    for (const [part, known] of Object.entries(mayKnow)) {
      for (const lower of known)
        expect(order.indexOf(lower), `${part} → ${lower}`).toBeGreaterThan(order.indexOf(part));
    }
  });

  test('an adapter knows no other adapter of its kind', () => {
    const crossing = program.flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ of }) => adapterOf(path) !== null && adapterOf(of) !== null && adapterOf(of) !== adapterOf(path),
        )
        .map(({ of }) => `${path} imports ${of}`),
    );
    expect(crossing).toEqual([]);
  });

  test('no file leads back to itself when the program runs', () => {
    expect(circlesOf(program)).toEqual([]);
  });
});

describe('doors', () => {
  test('each runtime dependency is imported, in its one place only', () => {
    expect(Object.keys(doors).sort()).toEqual(Object.keys(packageJson.dependencies).sort());
    const foreign = program.flatMap(({ path, imports }) =>
      imports.filter(({ ours, of }) => !ours && !of.startsWith('node:')).map(({ of }) => ({ path, of })),
    );
    expect(foreign.filter(({ path, of }) => !doors[of]?.some((door) => path.startsWith(door)))).toEqual([]);
    expect(Object.keys(doors).filter((of) => !foreign.some((found) => found.of === of))).toEqual([]);
  });

  test('the environment is read in one file', () => {
    expect(where(program, /process\.env\b/g).filter((found) => !found.startsWith('src/config.ts:'))).toEqual(
      [],
    );
  });

  test('the time is read in one file', () => {
    const found = where(
      program,
      /Date\.now\b|new Date\(\)|performance\.now|DateTime\.(?:now|local|utc)\(\)/g,
    );
    expect(found.filter((place) => !place.startsWith('src/clock.ts:'))).toEqual([]);
  });

  test('the core has no clock, no chance, no process and no I/O', () => {
    const core = program.filter(({ path }) => path.startsWith('src/core/'));
    expect(core.length).toBeGreaterThan(20);
    const impure =
      /Math\.random|random(?:Bytes|UUID|Int)|set(?:Timeout|Interval|Immediate)|\bprocess\.|\bfetch\(|\bconsole\./g;
    expect(where(core, impure)).toEqual([]);
    expect(
      where(core, /import .* from 'node:.*'/g).filter(
        (found) => !found.includes("{ createHash } from 'node:crypto'"),
      ),
    ).toEqual([]);
  });
});

describe('modules', () => {
  test('a module of the program keeps nothing that changes, so two that run in one process share nothing', () => {
    const changes =
      /^(?:export )?(?:let \w+|const \w+(?:: (?!Readonly)[^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet)(?:<.*>)?\(\)|\[\]|\{\}))/gm;
    const kept = where(
      program.filter(({ path }) => !path.startsWith('src/chat/web/assets/')),
      changes,
    );
    // It is made late because that takes milliseconds, and never becomes another; nobody adds to the second.
    expect(kept).toEqual([
      'src/chat/slack/charts.ts: export const noFiles: ChartFiles = new Map()',
      'src/chat/terminal/columns.ts: let graphemes',
    ]);
  });
});

describe('texts', () => {
  test('the types of every file can be stripped', () => {
    for (const { path, text } of everything) expect(() => stripTypeScriptTypes(text), path).not.toThrow();
  });

  test('the compiler and the linter are set to refuse what the house refuses', () => {
    const { compilerOptions } = JSON.parse(readText('tsconfig.json')) as {
      compilerOptions: Record<string, unknown>;
    };
    expect(compilerOptions).toMatchObject({
      strict: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
    });
    const { linter } = JSON.parse(readText('biome.json')) as { linter: { rules: Record<string, unknown> } };
    expect(linter.rules).toMatchObject({
      suspicious: { noExplicitAny: 'error' },
      style: { noNonNullAssertion: 'error' },
    });
  });

  test('nothing silences a checker, and nothing is left for later', () => {
    expect(
      where(everything, /@ts-(?:ignore|nocheck)|biome-(?:ignore)|\b(?:TOD[O]|FIXM[E])\b/g, 'text'),
    ).toEqual([]);
  });

  test('a file has 350 lines at most, a test 380', () => {
    const long = (sources: readonly Source[], most: number) =>
      sources
        .filter(({ text }) => lengthOf(text) > most)
        .map(({ path, text }) => `${path}: ${lengthOf(text)}`);
    expect([...long(program, 350), ...long(tests, 380)]).toEqual([]);
  });

  test('no file has a name that says nothing', () => {
    const nothing = /^(?:utils?|helpers?|types|misc|common)\b/;
    expect(committable().filter((path) => nothing.test(basename(path)))).toEqual([]);
  });

  test('tests replace no modules, leave none out and do not sleep', () => {
    expect(where(tests, /\b(?:vi|jest)\.(?:mock|doMock)\(/g)).toEqual([]);
    expect(where(tests, /\.(?:skip|only|todo|fails)\b\s*\(/g)).toEqual([]);
    const sleeps = where(tests, /\bsetTimeout\(|'node:timers\/promises'|toMatch(?:Inline)?Snapshot/g);
    // What tests are served by (a process to kill, a stand-in) may have timers.
    expect(sleeps.filter((found) => /^[^:]+\.(?:test|long)\.ts:/.test(found))).toEqual([]);
  });

  test('no file names a machine, and none holds what looks like a key', () => {
    const machines = /(?<![\w.])\/(?:work|home|root|Users|farm)\/[\w.-]+/g;
    const keys =
      /\bsk-(?:ant-|proj-)?(?=[\w-]*\d)[\w-]{20,}|\bxox[abp]-\d{8,}|\bAIza[\w-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY/g;
    const hosts = /https?:\/\/(?:registry\.|localhost:\d+\/npm|[\w.-]*\.(?:internal|local)\b)/g;
    const found = committable().flatMap((path) => {
      const text = readText(path);
      return [machines, keys, hosts].flatMap((pattern) =>
        [...text.matchAll(pattern)].map(([bad]) => `${path}: ${bad}`),
      );
    });
    expect(found).toEqual([]);
  });
});

describe('errors', () => {
  test('every code of the table is used, and every text that looks like a code of an area is in it', () => {
    const codes = Object.keys(errors);
    const used = new Set(
      program
        .filter(({ path }) => !path.startsWith('src/errors'))
        .flatMap(({ code }) =>
          [...code.matchAll(/'([a-z]+\.[a-z]+(?:-[a-z]+)*)'/g)].map(([, found = '']) => found),
        ),
    );
    expect(codes.filter((code) => !used.has(code))).toEqual([]);
    const thrown = program.flatMap(({ code }) =>
      [...code.matchAll(/CrewsmithError\(\s*'([^']+)'/g)].map(([, found = '']) => found),
    );
    expect(thrown.filter((code) => !codes.includes(code))).toEqual([]);
  });
});

test('plain node starts the program, without a build', async () => {
  const home = await mkdtemp(join(tmpdir(), 'crewsmith-house-'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['src/cli.ts', 'version'], {
      cwd: root,
      env: { PATH: process.env.PATH, CREWSMITH_HOME: home },
    });
    expect(stdout).toContain(packageJson.version);
  } finally {
    await rm(home, { recursive: true });
  }
});
