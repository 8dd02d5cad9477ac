import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Given to node by `--import`: tells on standard error each package, and each file of the program, when it is loaded.
registerHooks({
  load(url, context, next) {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
    const [, file] = /\/((?:src|commands)\/[^?]+)$/.exec(url) ?? [];
    if (name !== undefined) writeSync(2, `[package ${name}]\n`);
    else if (file !== undefined) writeSync(2, `[file ${file}]\n`);
    return next(url, context);
  },
});
