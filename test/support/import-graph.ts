import type { Source } from './tree.ts';

/**
 * The parts of the house from top to bottom, each with the parts that it may know. `ports` are what
 * services see of the outside: the `port.ts` of each kind of adapter, and what lies beside it that no adapter owns.
 */
export const mayKnow: Readonly<Record<string, readonly string[]>> = {
  main: [
    'commands',
    'services',
    'queue',
    'chat',
    'providers',
    'tools',
    'store',
    'ports',
    'config',
    'clock',
    'core',
    'errors',
  ],
  commands: ['services', 'ports', 'clock', 'core', 'errors'],
  services: ['store', 'ports', 'clock', 'core', 'errors'],
  queue: ['store', 'ports', 'clock', 'core', 'errors'],
  chat: ['ports', 'clock', 'core', 'errors'],
  providers: ['ports', 'clock', 'core', 'errors'],
  tools: ['ports', 'clock', 'core', 'errors'],
  store: ['ports', 'clock', 'core', 'errors'],
  config: ['core', 'errors'],
  ports: ['clock', 'core', 'errors'],
  core: ['errors'],
  clock: [],
  errors: [],
};

/** The part that a file belongs to; null: it has no place in the house. */
export function partOf(path: string): string | null {
  if (path.startsWith('commands/')) return 'commands';
  const [, folder = '', ...rest] = path.split('/');
  if (rest.length === 0)
    return { 'errors.ts': 'errors', 'clock.ts': 'clock', 'config.ts': 'config' }[folder] ?? 'main';
  const besideAdapters = rest.length === 1 && (folder === 'chat' || folder === 'providers');
  if (besideAdapters || rest.join('/') === 'port.ts') return 'ports';
  if (folder === 'cli') return 'main';
  return folder in mayKnow ? folder : null;
}

/** An adapter in a folder of its own, `src/chat/terminal` or `src/providers/openai`; null for everything else. */
export function adapterOf(path: string): string | null {
  return /^src\/(?:chat|providers)\/[^/]+(?=\/)/.exec(path)?.[0] ?? null;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** The import that draws it. */
  readonly because: string;
}

/** Every import between two parts. */
export function arrowsOf(sources: readonly Source[]): Arrow[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((found) => found.ours && found.of.endsWith('.ts'))
      .map((found) => ({
        from: partOf(source.path) ?? source.path,
        to: partOf(found.of) ?? found.of,
        because: `${source.path} imports ${found.of}`,
      }))
      .filter(({ from, to }) => from !== to),
  );
}

/** Paths of files that lead back to themselves, by imports that are still there when the types are stripped. */
export function circlesOf(sources: readonly Source[]): string[] {
  const known = new Map(
    sources.map((s) => [s.path, s.imports.filter((i) => i.ours && !i.typeOnly).map((i) => i.of)]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (done.has(path) || way.includes(path)) return;
    for (const next of known.get(path) ?? []) walk(next, [...way, path]);
    done.add(path);
  };
  for (const path of known.keys()) walk(path, []);
  return circles;
}

/** A picture in Mermaid's words. An arrow that follows from others is left out, and so is the clock, which all but core may use. */
export function drawArrows(arrows: readonly Arrow[]): string {
  const parts = Object.keys(mayKnow).filter((part) => part !== 'clock');
  const allowed = arrows.filter(({ from, to }) => mayKnow[from]?.includes(to));
  const direct = new Map(
    parts.map((part) => [part, new Set(allowed.filter((a) => a.from === part).map((a) => a.to))]),
  );
  const reaches = (from: string, to: string): boolean =>
    [...(direct.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const lines = parts.flatMap((from) => {
    const targets = parts.filter((to) => direct.get(from)?.has(to));
    return targets
      .filter((to) => !targets.some((between) => between !== to && reaches(between, to)))
      .map((to) => `  ${from} --> ${to}`);
  });
  return ['flowchart TD', ...lines].join('\n');
}
