import { ack } from './ack.ts';
import { ackDiscord } from './ack-discord.ts';
import { run3 } from './run3.ts';
import { start } from './start.ts';

const acks = async () => ({ ...(await ack()), ...(await ackDiscord()) });

/** `npm run bench -- [name] [--json]`: ratios side by side, one object with a key a benchmark. */
const benches: Readonly<Record<string, () => Promise<unknown>>> = { run3, start, ack: acks };

const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark called ${unknown.join(', ')}. Benchmarks: ${Object.keys(benches).join(', ')}.`,
  );
  process.exit(2);
}

const results: Record<string, unknown> = {};
for (const [name, bench] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue;
  if (!words.includes('--json')) console.error(`${name} …`);
  results[name] = await bench();
}
console.log(words.includes('--json') ? JSON.stringify(results) : JSON.stringify(results, null, 2));
process.exit(0);
