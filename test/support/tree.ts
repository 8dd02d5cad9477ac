import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

export const readText = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every file that could be committed, from the root: what `.gitignore` names is left out. No git is needed. */
export function committable(): string[] {
  const ignored = readText('.gitignore')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `**/${line.replace(/\/$/, '')}`);
  // A star does not match a leading dot.
  const found = globSync(['**/*', '**/.*', '.ci/**'], { cwd: root, exclude: [...ignored, '**/.git'] });
  return [...new Set(found)].filter((path) => statSync(join(root, path)).isFile()).sort();
}

export interface Source {
  readonly path: string;
  readonly text: string;
  /** Without its comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** A file from the root for what is ours, else the package, without a path in it. */
  readonly of: string;
  readonly ours: boolean;
  /** Gone when the types are stripped. */
  readonly typeOnly: boolean;
}

export function sourcesIn(...folders: readonly string[]): Source[] {
  return committable()
    .filter((path) => path.endsWith('.ts') && folders.some((folder) => path.startsWith(`${folder}/`)))
    .map((path) => {
      const text = readText(path);
      const code = withoutComments(text);
      return { path, text, code, imports: importsOf(path, code) };
    });
}

/** Whole lines of comments, and what follows a `//` after a space. Strings with ` //` in them lose their end, which nobody minds. */
function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line))
    .map((line) => line.replace(/\s\/\/.*$/, ''))
    .join('\n');
}

function importsOf(path: string, code: string): Import[] {
  const named = code.matchAll(/^(?:import|export)\b(\s+type\b)?[^;']*\bfrom\s+'([^']+)'/gm);
  const whole = code.matchAll(/^import()\s+'([^']+)'/gm);
  const dynamic = code.matchAll(/\bimport()\(\s*'([^']+)'/g);
  // A file of a package that is read, not run.
  const files = code.matchAll(/\bimport\.meta()\.resolve\(\s*'([^']+)'/g);
  return [...named, ...whole, ...dynamic, ...files].map(([, type, of = '']) => {
    const typeOnly = (type ?? '') !== '';
    if (of.startsWith('.')) return { of: join(dirname(path), of), ours: true, typeOnly };
    const [first = '', second] = of.split('/');
    return { of: first.startsWith('@') ? `${first}/${second}` : first, ours: false, typeOnly };
  });
}
