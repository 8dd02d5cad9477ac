import { enableCompileCache, registerHooks } from 'node:module';
import { join } from 'node:path';

/*
 * What makes a start quick; before everything else, and in JavaScript, because Node's stripper of types, which a cache that is
 * on already makes unnecessary, takes as long to load as all of Node.
 */

// Beside the packages, so that it goes with them; the folder for temporary files can be written to by others.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'crewsmith'));

/** Packages whose every file is an ES module, and that have hundreds. */
const always = /\/node_modules\/(?:kysely|zod)\/.*\.js$/;

/** Node would look for it in package.json, anew for each file. */
function formatOf(/** @type {string} */ url) {
  if (url.endsWith('.ts')) return 'module-typescript';
  return always.test(url) ? 'module' : undefined;
}

// A relative path that ends in its extension is the file. Node would look at the disk for each of some 2000 such imports.
registerHooks({
  resolve(specifier, context, next) {
    if (context.parentURL === undefined || !/^\.\.?\/.*\.[jt]s$/.test(specifier))
      return next(specifier, context);
    const { href } = new URL(specifier, context.parentURL);
    return { url: href, format: formatOf(href), shortCircuit: true };
  },
});
