import { registerHooks } from 'node:module';

// Given to node by `--import`: tells on standard error each package, and each file of the program, when it is loaded. Node
// waits for a pipe that is full, which a bare write does not.
registerHooks({
  load(url, context, next) {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
    const [, file] = /\/((?:src|commands)\/[^?]+)$/.exec(url) ?? [];
    if (name !== undefined) process.stderr.write(`[package ${name}]\n`);
    else if (file !== undefined) process.stderr.write(`[file ${file}]\n`);
    return next(url, context);
  },
});
