import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const own = (name: string) => new URL(`./assets/${name}`, import.meta.url).href;
const script = 'text/javascript; charset=utf-8';

/** Everything that a browser loads beside a page; all of it is served from here. */
const files = {
  'page.css': { at: own('page.css'), type: 'text/css; charset=utf-8' },
  'page.js': { at: own('page.js'), type: script },
  'completion.js': { at: own('completion.js'), type: script },
  'icon.svg': { at: own('icon.svg'), type: 'image/svg+xml' },
  'htmx.js': { at: import.meta.resolve('htmx.org/dist/htmx.min.js'), type: script },
} as const;

/** Large, and the same for ever: read when they are asked for. */
const fonts: Readonly<Record<string, string>> = {
  '400.ttf': import.meta.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  '500.ttf': import.meta.resolve('@expo-google-fonts/inter/500Medium/Inter_500Medium.ttf'),
  '600.ttf': import.meta.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf'),
};

export type AssetName = keyof typeof files;

/** With a mark of its content, so that browsers keep a file until it changes. */
const loaded: ReadonlyMap<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly mark: string }> =
  new Map(
    Object.entries(files).map(([name, { at }]) => {
      const bytes = new Uint8Array(readFileSync(fileURLToPath(at)));
      return [name, { bytes, mark: createHash('sha256').update(bytes).digest('hex').slice(0, 12) }];
    }),
  );

const isFile = (name: string): name is AssetName => Object.hasOwn(files, name);

export const assetPath = (name: AssetName): string => `/assets/${loaded.get(name)?.mark ?? ''}/${name}`;

export async function asset(
  name: string,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string } | null> {
  const known = loaded.get(name);
  if (known !== undefined && isFile(name)) return { bytes: known.bytes, type: files[name].type };
  const font = Object.hasOwn(fonts, name) ? fonts[name] : undefined;
  if (font === undefined) return null;
  return { bytes: new Uint8Array(await readFile(fileURLToPath(font))), type: 'font/ttf' };
}
