import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../src/clock.ts';
import { type DiscordServer, startDiscord } from '../test/support/discord/server.ts';

/**
 * How soon a command is deferred on Discord: the whole program against a discord.js bot that only defers, each a process on a
 * stand-in of its own, interleaved, medians of the repeats.
 */
const repeats = 5;
const perSecond = 50;
const seconds = 20;
const restMs = 1_500;

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export interface AckDiscord {
  readonly discordP50Ratio: number;
  readonly discordP99Ratio: number;
  readonly discordMs: Readonly<Record<'ours' | 'bare', Quantiles>>;
  readonly discordUnanswered: number;
}

/** Parts of a millisecond count here. */
const clock = { ...systemClock(), now: () => performance.timeOrigin + performance.now() };

export async function ackDiscord(): Promise<AckDiscord> {
  const home = mkdtempSync(join(tmpdir(), 'crewsmith-bench-'));
  const [ours, bare] = await Promise.all([startDiscord({ clock }), startDiscord({ clock })]);
  const root = join(import.meta.dirname, '..');
  const children: ChildProcess[] = [];
  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const options = { cwd: root, env: { PATH: process.env.PATH ?? '', ...env }, stdio: 'ignore' as const };
    children.push(spawn(process.execPath, [...args], options));
  };
  const { token } = ours.platform.state;
  try {
    start(['--import', './src/boot.js', 'src/cli.ts', 'start'], {
      CREWSMITH_HOME: home,
      ...ours.settings,
      PORT: '0',
    });
    start([join(import.meta.dirname, 'bare-discord.ts'), token, bare.apiUrl]);
    await ours.until(() => ours.gateway.isConnected && ours.platform.state.registered === 1);
    await bare.until(() => bare.gateway.isConnected);
    bare.platform.state.commands = ours.platform.state.commands;
    await load(ours, 2);
    await load(bare, 2);
    const figures: Record<'ours' | 'bare', Quantiles[]> = { ours: [], bare: [] };
    let unanswered = 0;
    for (let i = 0; i < repeats; i++) {
      for (const [name, discord] of [
        ['ours', ours],
        ['bare', bare],
      ] as const) {
        const measured = await load(discord, seconds);
        unanswered += measured.unanswered;
        figures[name].push({ p50: quantile(measured.ms, 0.5), p99: quantile(measured.ms, 0.99) });
      }
    }
    const ms = { ours: medians(figures.ours), bare: medians(figures.bare) };
    return {
      discordP50Ratio: ms.ours.p50 / ms.bare.p50,
      discordP99Ratio: ms.ours.p99 / ms.bare.p99,
      discordMs: ms,
      discordUnanswered: unanswered,
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, 'exit') : null)));
    await Promise.all([ours.end(), bare.end()]);
    rmSync(home, { recursive: true, force: true });
  }
}

/** Commands at an even pace, whether or not those before were answered. */
async function load({ platform, person }: DiscordServer, forSeconds: number) {
  const { state } = platform;
  const ana = person('Ana');
  const began = performance.now();
  for (let i = 0; i < perSecond * forSeconds; i++) {
    const ahead = began + (i * 1_000) / perSecond - performance.now();
    if (ahead > 0) await pause(ahead);
    await ana.chooses('version');
  }
  await pause(restMs);
  const all = [...state.interactions.values()];
  const ms = all.flatMap(({ answeredAfter }) => answeredAfter ?? []);
  // What a long load leaves in the stand-in would slow it for the next.
  state.interactions.clear();
  state.messages.length = 0;
  return { ms, unanswered: all.length - ms.length };
}

const medians = (of: readonly Quantiles[]): Quantiles => ({
  p50: quantile(
    of.map((one) => one.p50),
    0.5,
  ),
  p99: quantile(
    of.map((one) => one.p99),
    0.5,
  ),
});

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
