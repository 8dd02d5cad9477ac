import './boot.js';

const { createStdio } = await import('./chat/terminal/stdio.ts');
const { runTerminal } = await import('./cli/terminal.ts');

const io = createStdio(process, { end: () => process.exit(130) });
process.on('SIGINT', () => io.interrupt());
const exit = await runTerminal(process.argv.slice(2), io);
// What is still on its way into a pipe would be lost by leaving at once.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exit)));
