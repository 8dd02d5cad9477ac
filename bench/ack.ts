import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startSite } from '../test/support/site.ts';
import { type SlackServer, startSlack } from '../test/support/slack/server.ts';

/**
 * How soon a command is acknowledged over Socket Mode: the whole program against a Bolt app that only acknowledges, each a
 * process on a Slack of its own kind, interleaved, medians of the repeats; and the latest one while many runs are working.
 */
const repeats = 5;
const perSecond = 100;
const seconds = 20;
const busyRuns = 200;
const busySeconds = 15;

export interface Ack {
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly ms: Record<'ours' | 'bare', { readonly p50: number; readonly p99: number }>;
  readonly latestWhileBusyMs: number;
  readonly runsWhileBusy: number;
  readonly unacknowledged: number;
}

export async function ack(): Promise<Ack> {
  const home = mkdtempSync(join(tmpdir(), 'crewsmith-bench-'));
  const [ours, bare, site] = await Promise.all([startSlack(), startSlack(), startSite()]);
  const root = join(import.meta.dirname, '..');
  const { token, appToken } = ours.platform.state;
  const children: ChildProcess[] = [];
  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const options = { cwd: root, env: { PATH: process.env.PATH ?? '', ...env }, stdio: 'ignore' as const };
    children.push(spawn(process.execPath, [...args], options));
  };
  try {
    start(['--import', './src/boot.js', 'src/cli.ts', 'start'], {
      CREWSMITH_HOME: home,
      CREWSMITH_ADMINS: 'slack:UANA',
      CREWSMITH_FETCH_ALLOW: site.host,
      SLACK_BOT_TOKEN: token,
      SLACK_APP_TOKEN: appToken,
      SLACK_API_URL: ours.apiUrl,
      PORT: '0',
    });
    start([join(import.meta.dirname, 'bare-bolt.ts'), bare.platform.state.token, appToken, bare.apiUrl]);
    await Promise.all([ours.connected(), bare.connected()]);
    await load(ours, 2);
    await load(bare, 2);
    const figures: Record<'ours' | 'bare', { p50: number; p99: number }[]> = { ours: [], bare: [] };
    let unacknowledged = 0;
    for (let i = 0; i < repeats; i++) {
      for (const [name, slack] of [
        ['ours', ours],
        ['bare', bare],
      ] as const) {
        const measured = await load(slack, seconds);
        unacknowledged += measured.unacknowledged;
        figures[name].push({ p50: quantile(measured.ms, 0.5), p99: quantile(measured.ms, 0.99) });
      }
    }
    const medians = (of: readonly { p50: number; p99: number }[]) => ({
      p50: quantile(
        of.map((one) => one.p50),
        0.5,
      ),
      p99: quantile(
        of.map((one) => one.p99),
        0.5,
      ),
    });
    const ms = { ours: medians(figures.ours), bare: medians(figures.bare) };
    const busy = await whileBusy(ours, site.host);
    return {
      p50Ratio: ms.ours.p50 / ms.bare.p50,
      p99Ratio: ms.ours.p99 / ms.bare.p99,
      ms,
      latestWhileBusyMs: Math.max(...busy.ms),
      runsWhileBusy: busyRuns,
      unacknowledged: unacknowledged + busy.unacknowledged,
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, 'exit') : null)));
    await Promise.all([ours.end(), bare.end(), site.close()]);
    rmSync(home, { recursive: true, force: true });
  }
}

interface Measured {
  readonly ms: readonly number[];
  readonly unacknowledged: number;
}

/** Commands at an even pace, whether or not those before were answered. */
async function load(slack: SlackServer, forSeconds: number, text = 'version'): Promise<Measured> {
  const ana = slack.person('Ana');
  const sent: Promise<{ readonly ackedAfter: number | null }>[] = [];
  const began = performance.now();
  for (let i = 0; i < perSecond * forSeconds; i++) {
    const ahead = began + (i * 1_000) / perSecond - performance.now();
    if (ahead > 0) await pause(ahead);
    sent.push(ana.types(text));
  }
  const all = await Promise.all(sent);
  const ms = all.flatMap(({ ackedAfter }) => ackedAfter ?? []);
  // What a long load leaves in the stand-in would slow it for the next.
  slack.platform.state.privates.length = 0;
  slack.platform.state.responses.clear();
  slack.platform.state.triggers.clear();
  return { ms, unacknowledged: all.length - ms.length };
}

async function whileBusy(slack: SlackServer, host: string): Promise<Measured> {
  const ana = slack.person('Ana');
  const asked: Promise<unknown>[] = [];
  for (let i = 0; i < busyRuns; i++) asked.push(ana.types(`research ${host} --max $1`));
  const measured = await load(slack, busySeconds);
  await Promise.all(asked);
  return measured;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
