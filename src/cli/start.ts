import { randomUUID } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { duration } from '../../commands/cards.ts';
import { start as spec } from '../../commands/of-program.ts';
import { matchWords } from '../../commands/words.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { ChatSurface } from '../chat/port.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import { connectToOwner, socketPath } from '../chat/terminal/socket.ts';
import type { End } from '../chat/terminal/wire.ts';
import type { Page } from '../chat/web/index.ts';
import { systemClock } from '../clock.ts';
import { type Config, loadConfig } from '../config.ts';
import { refuseKeys } from '../core/pasted-key.ts';
import { isOver } from '../core/run.ts';
import { CrewsmithError } from '../errors.ts';
import type { Claims } from '../services/claims.ts';
import { clockBehind } from '../services/workspaces.ts';
import { ownStore, waitForStore } from '../store/owner.ts';
import { startSampleSite } from '../tools/sample-site.ts';
import { exits } from './exit.ts';
import { createLog, type OperatorLog } from './log.ts';
import { type Owned, openOwned } from './own.ts';
import { typedHere } from './typed.ts';

/** `npm start`: serves the page and stays. With a website, or `--once`, it shows a first run here instead. */
export async function start(words: readonly string[], io: TerminalIO): Promise<number> {
  refuseKeys(words);
  const values = matchWords(spec, words, 'terminal');
  const loaded = loadConfig();
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('It is to end.'));
  const unlisten = io.onInterrupt(stop);
  process.once('SIGTERM', stop);
  if (loaded.byNpm) whenLeft(stop);
  const owner = await takeStore(loaded.config, io, stopping.signal);
  if (owner === null) return exits.canceled;
  const site = await startSampleSite();
  const log = createLog(loaded.config, io);
  const chat = await chatOf(loaded.config, log);
  const owned = await openOwned(owner, loaded, io, { driver: 'start', fetchAllow: [site.host], chat, log });
  let leavePage = () => Promise.resolve();
  try {
    const { app, house } = owned;
    const inTerminal = values.arg('site') !== null || values.has('once') || values.has('approve');
    const work = () => app.start({ only: null });
    const toPage = values.has('once') ? null : await import('./page.ts');
    // Kept now, and what is imported later at the end: this process may be ended without time to keep it.
    flushCompileCache();
    const sample = async () => ((await onSandbox(app)) ? site.host : null);
    const page = toPage === null ? null : await toPage.openPage({ ...owned, site: sample, work });
    leavePage = async () => await page?.close();
    if (page === null) await work();
    const first: First = inTerminal
      ? await firstRun(owned, values.arg('site'), site.host)
      : {
          do: 'page',
          url: (await owned.door.link(app.local.member)).url,
          says: `Working on every run here until Ctrl-C. A fresh link: ${typedHere('open')}`,
        };
    const lines = [...(await greeting(owned, first, page, site.host)), ...(await ownerLines(app.claims))];
    const behind = await app.store.transact((tx) => clockBehind(tx, app, app.workspace));
    if (behind !== null) lines.push(clockLine(behind));
    for (const line of lines) io.err(`${line}\n`);
    flushCompileCache();
    const here = { ...io, onInterrupt: () => () => {}, gone: AbortSignal.any([io.gone, stopping.signal]) };
    let end: End = { exit: exits.completed };
    if (first.do === 'ask') {
      const { perform } = await import('./perform.ts');
      const approve = values.has('approve') ? ['--approve'] : [];
      end = await perform(
        house,
        { words: [...first.words, ...approve], files: [], crew: null, follow: null, dedupe: randomUUID() },
        here,
      );
    } else if (first.do === 'follow') {
      const { follow } = await import('./follow.ts');
      const decision = values.has('approve') ? ('approve' as const) : null;
      end = await follow(house, first.run, { decision, json: false }, here);
    }
    if (values.has('once')) return 'exit' in end ? end.exit : exits.waiting;
    if (first.do !== 'page' && !stopping.signal.aborted) io.err('Working on every run here until Ctrl-C.\n');
    await aborted(stopping.signal);
    io.err('Ending: calls in flight are booked, everything goes on at the next start.\n');
    return exits.completed;
  } finally {
    unlisten();
    await leavePage();
    await owned.leave();
    await site.close();
  }
}

const parentLookMs = 500;

/** Whoever ends npm ends the shell that npm starts this program with; a shell tells nobody, so this looks whether it is there. */
function whenLeft(then: () => void): void {
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    then();
  }, parentLookMs);
  looking.unref();
}

/** Where people talk, as far as it is configured; each is imported only then. */
async function chatOf(config: Config, log: OperatorLog): Promise<ChatSurface[]> {
  const found = [await slackOf(config, log), await discordOf(config, log)];
  return found.filter((surface) => surface !== null);
}

async function slackOf({ slack }: Config, log: OperatorLog): Promise<ChatSurface | null> {
  const { botToken, appToken, signingSecret, apiUrl } = slack;
  // A token for the socket decides; else Slack sends over HTTP, signed.
  const inbound = appToken !== null ? { appToken } : signingSecret !== null ? { signingSecret } : null;
  if (botToken === null || inbound === null) return null;
  const { createSlack } = await import('../chat/slack/index.ts');
  const { createPictures } = await import('../chat/charts/index.ts');
  const { fetch } = globalThis;
  const common = { clock: systemClock(), pictures: createPictures(), log: log.of('slack') };
  return createSlack({ botToken, inbound, apiUrl, fetch, ...common });
}

async function discordOf({ discord }: Config, log: OperatorLog): Promise<ChatSurface | null> {
  const { token, applicationId: application, guildId: guild, apiUrl } = discord;
  if (token === null || application === null) return null;
  const { createDiscord } = await import('../chat/discord/index.ts');
  const { createPictures } = await import('../chat/charts/index.ts');
  const { fetch } = globalThis;
  const common = { clock: systemClock(), fetch, pictures: createPictures(), log: log.of('discord') };
  return createDiscord({ token, application, guild, apiUrl, instead: null, ...common });
}

/** Waits for a terminal that works on the store; null: the person did not. */
async function takeStore(config: Config, io: TerminalIO, signal: AbortSignal) {
  const free = ownStore({ home: config.home });
  if (free.owned) return free;
  const link = await connectToOwner(socketPath(config.home));
  link?.close();
  if (link?.driver === 'start') throw new CrewsmithError('session.running', { pid: link.pid });
  io.err(
    'A terminal works on this data now. This waits until that is done, then takes over; Ctrl-C ends the waiting.\n',
  );
  try {
    return await waitForStore({ home: config.home, clock: systemClock(), signal });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

type First =
  | { readonly do: 'ask'; readonly words: readonly string[]; readonly says: string }
  | { readonly do: 'follow'; readonly run: string; readonly says: string }
  | { readonly do: 'page'; readonly url: string; readonly says: string }
  | { readonly do: 'nothing'; readonly says: string };

/** Nothing is paid for without being asked for: where a key is, only a site that was given starts a run. */
async function firstRun({ app, house }: Owned, site: string | null, sample: string): Promise<First> {
  if (site !== null)
    return { do: 'ask', words: ['research', site], says: `research reads ${site}, as you asked` };
  const open = (await house.runs.list(house.workspace, 50)).find((run) => !isOver(run.status));
  if (open !== undefined) {
    return { do: 'follow', run: open.run, says: `${open.run} (${open.crew} ${open.input}) goes on` };
  }
  if (!(await onSandbox(app)))
    return {
      do: 'nothing',
      says: `nothing by itself, since a key is here; ask: ${typedHere('research acme.com')}`,
    };
  const says = `research reads a small site that this program serves itself; the page reader may reach ${sample}, and no other private address`;
  return { do: 'ask', words: ['research', sample], says };
}

const onSandbox = async (app: Owned['app']): Promise<boolean> => (await whoAnswers(app)) === 'sandbox';

/** Who would answer the first call now; null: every key was revoked, so that runs wait for one (rule K7). */
async function whoAnswers({ store, aliases, workspace, local }: Owned['app']): Promise<string | null> {
  const query = {
    workspace,
    alias: 'smart',
    channel: local.channel.id,
    crew: 'research',
    environment: 'production',
    sandboxRun: false,
  };
  const entries = await store.read((tx) => aliases.liveEntries(tx, query));
  return entries[0]?.provider ?? null;
}

/** Six lines: what answers, where data lives, what is off and what turns it on, what happens now. */
async function greeting(
  { app, house }: Owned,
  first: First,
  page: Page | null,
  site: string,
): Promise<string[]> {
  const setup = await house.setup();
  const crews = (await house.crews()).list().map((crew) => crew.name);
  const on = setup.surfaces.filter((s) => s.on && s.name !== 'page').map((s) => s.name);
  const off = setup.surfaces.filter((s) => !s.on).map((s) => `${s.name} (${s.says})`);
  const answering = await whoAnswers(app);
  const sample = answering === 'sandbox' ? site : null;
  const models =
    answering === null
      ? `nobody: no key is live, and runs wait for one. Add it: ${typedHere('keys add openai')}`
      : answering === 'sandbox'
        ? `the offline sandbox: it extracts, no model is asked, nothing is paid. OPENAI_API_KEY or "${typedHere('keys add openai')}" ends that`
        : `by your own keys; "${typedHere('keys')}" shows them`;
  return [
    first.do === 'page'
      ? `Crewsmith ${packageJson.version} is up. Sign in, once: ${first.url}`
      : `Crewsmith ${packageJson.version} is up. Other terminals reach it: ${typedHere('help')}`,
    `  answers   ${models}`,
    `  data      ${setup.home} (SQLite; master key: ${setup.masterKey}${app.madeMasterKey ? ', made now: keep a copy of it apart, without it no stored key opens' : ''})`,
    `  crews     ${crews.join(', ')}${sample === null ? '' : `; try research ${sample}, a small site that runs here`}`,
    `  surfaces  ${[...on, ...(page === null ? [] : [`page at ${page.address}`])].join(', ')}${off.length === 0 ? '' : `; off: ${off.join(', ')}`}`,
    `  now       ${first.says}`,
  ];
}

/** Rule K9: what the operator reads while a connected surface has no owner; nothing otherwise. */
async function ownerLines(claims: Claims): Promise<string[]> {
  const without = await claims.ownerless();
  if (without.length === 0) return [];
  const { code } = await claims.renew();
  return [
    `  owner     nobody on ${without.join(' and ')}: type "/crew access claim ${code}" there within 30 minutes; it holds once, "doctor" makes a new one`,
  ];
}

/** Rule Q2. */
const clockLine = (behindMs: number): string =>
  `  clock     ${duration(behindMs)} before the newest thing stored here: set the machine's clock, since times and the windows of budgets follow it`;

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
