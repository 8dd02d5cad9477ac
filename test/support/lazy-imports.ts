import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readText, root } from './tree.ts';

/**
 * Imports what commands and services import when it is first needed. A file comes from another process, which under load takes longer
 * than any number of turns of the event loop; afterwards nothing that a stand does waits for anything but turns and its clock.
 */
export async function importLazyParts(): Promise<void> {
  const paths = globSync(['commands/*.ts', 'src/services/**/*.ts', 'src/compose.ts'], { cwd: root });
  const lazy = paths.flatMap((path) =>
    [...readText(path).matchAll(/(?<!typeof )\bimport\('(\.[^']+)'\)/g)].map(([, to = '']) =>
      join(root, dirname(path), to),
    ),
  );
  await Promise.all([...new Set(lazy)].map((path) => import(path)));
}
