import { howToGoOn, runCard } from '../../commands/runs.ts';
import { createBell } from '../chat/bell.ts';
import type { Card } from '../chat/card.ts';
import { documentBlocks } from '../chat/document-card.ts';
import { inertText } from '../chat/terminal/inert.ts';
import { createScreen, type Screen } from '../chat/terminal/screen.ts';
import { NoAnswer, type TerminalIO } from '../chat/terminal/session.ts';
import type { Shown } from '../chat/terminal/surface.ts';
import type { End } from '../chat/terminal/wire.ts';
import { documentText } from '../core/document.ts';
import { isOver } from '../core/run.ts';
import { isCrewsmithError } from '../errors.ts';
import type { Decide } from '../services/gates.ts';
import type { RunView } from '../services/runs/index.ts';
import { askGate } from './ask-gate.ts';
import { exitOfStatus, exits } from './exit.ts';
import type { Watched } from './house.ts';
import { typedHere } from './typed.ts';

export interface FollowOptions {
  /** What was said beforehand about gates. */
  readonly decision: 'approve' | 'reject' | null;
  readonly json: boolean;
}

/** Every few seconds something true. The card of a run that works says so; without it for so long, how long it is quiet. */
const quietMs = 15_000;
/** A card is on its way at most so long; then it is said without it. */
const cardMs = 1_500;
/** Rule M9: a wait for what others hold is silent for this long; then it has a card. */
const holdsMs = 65_000;

/** Stays with a run until it rests: over, or waiting for somebody (rule T1). */
export async function follow(
  house: Watched,
  run: string,
  options: FollowOptions,
  io: TerminalIO,
): Promise<End> {
  const watching = new Watching(house, run, options, io);
  try {
    return await watching.untilItRests();
  } finally {
    watching.end();
  }
}

class Watching {
  readonly #house: Watched;
  readonly #run: string;
  readonly #options: FollowOptions;
  readonly #io: TerminalIO;
  readonly #screen: Screen;
  readonly #bell = createBell();
  readonly #detach: readonly (() => void)[];
  readonly #seen = new Map<string, Card>();
  #quietSince: number;
  #interrupted = false;
  #stopping = false;
  #asking = false;
  #waitingSince: number | null = null;
  #cancelTick = () => {};

  constructor(house: Watched, run: string, options: FollowOptions, io: TerminalIO) {
    this.#house = house;
    this.#run = run;
    this.#options = options;
    this.#io = io;
    this.#screen = createScreen(io);
    this.#quietSince = house.clock.now();
    const ring = () => this.#bell.ring();
    const interrupted = () => {
      this.#interrupted = true;
      ring();
    };
    for (const signal of [house.leaving, io.gone]) signal.addEventListener('abort', ring);
    this.#detach = [
      house.terminal.attach(run, (shown) => this.#show(shown)),
      house.runs.watch(run, ring),
      io.onInterrupt(interrupted),
      () => {
        for (const signal of [house.leaving, io.gone]) signal.removeEventListener('abort', ring);
      },
    ];
  }

  end(): void {
    for (const detach of this.#detach) detach();
    this.#cancelTick();
    this.#screen.leave();
  }

  async untilItRests(): Promise<End> {
    const { runs, workspace } = this.#house;
    await this.#house.carryOn(this.#run);
    this.#tick();
    await this.#showNow();
    for (;;) {
      const view = await runs.view(workspace, this.#run);
      const end = await this.#lookAt(view);
      if (end !== null) return end;
    }
  }

  /** What stands is told at once; what changes comes with the cards. */
  async #showNow(): Promise<void> {
    const { runs, workspace } = this.#house;
    const card = await runs.card(workspace, this.#run);
    if (card.tone === 'working' && !this.#seen.has('parent')) this.#screen.run({ ...card, actions: [] });
  }

  async #lookAt(view: RunView): Promise<End | null> {
    // A call in flight is still booked after the run is over; the cost is not known before.
    const live = view.steps.some((step) => step.attempts.some((a) => a.outcome === 'held'));
    if (isOver(view.status)) return live ? await this.#wait() : await this.#over(view);
    if (this.#io.gone.aborted) return { exit: exitOfStatus(view.status) };
    // A terminal that leaves waits for runs that work; `start` carries everything on when it starts again.
    if (this.#house.leaving.aborted && this.#house.driver === 'start') return { left: this.#run };
    if (this.#interrupted && !this.#stopping) return await this.#interrupt();
    const waiting = view.waiting?.for;
    if (waiting === 'approval' && !live) return await this.#atGate(view);
    if (waiting === 'key' && !live) return await this.#rests(view);
    if (waiting === 'budget' && !live && this.#isStuck()) return await this.#rests(view);
    if (waiting !== 'budget') this.#forgetNotes();
    return await this.#wait();
  }

  async #wait(): Promise<null> {
    await this.#bell.wait();
    return null;
  }

  /** A wait for money ends by itself while others hold it; a card says when people have to act. */
  #isStuck(): boolean {
    this.#waitingSince ??= this.#house.clock.now();
    const told = [...this.#seen.keys()].some((m) => /^note:(budget|cap|unpriced):/.test(m));
    return told || this.#house.clock.now() - this.#waitingSince > holdsMs;
  }

  #forgetNotes(): void {
    this.#waitingSince = null;
    for (const message of this.#seen.keys()) if (message.startsWith('note:')) this.#seen.delete(message);
  }

  /** Rule Q4: Ctrl-C stops the run of a terminal, and only the watching of one that `start` drives. */
  async #interrupt(): Promise<End | null> {
    this.#stopping = true;
    if (this.#house.driver === 'start') {
      this.#screen.line(
        `\nNo longer watching; the run goes on. See it with: ${typedHere(`runs ${this.#run}`)}`,
      );
      return { exit: exits.canceled };
    }
    this.#screen.line('\nStopping …');
    try {
      await this.#house.runs.stop(this.#house.workspace, this.#run);
    } catch (error) {
      // It was over in the same moment.
      if (!isCrewsmithError(error, 'run.over')) throw error;
    }
    return null;
  }

  async #atGate(view: RunView): Promise<End | null> {
    const { gate, draft } = view.waiting ?? {};
    if (gate === undefined || draft === undefined) return await this.#wait();
    const { decision } = this.#options;
    if (decision !== null) return await this.#decide(view, { do: decision });
    if (!this.#io.interactive) {
      await this.#showGate(gate, draft);
      return await this.#rests(view);
    }
    if (this.#house.leaving.aborted) return { left: this.#run };
    const answer = await this.#ask(gate, draft);
    if (answer === 'changed') return null;
    return answer === null ? await this.#rests(view) : await this.#decide(view, answer);
  }

  async #ask(gate: string, draft: number): Promise<Decide['decision'] | null | 'changed'> {
    const house = this.#house;
    const io = this.#io;
    const elsewhere = new AbortController();
    const unwatch = house.runs.watch(this.#run, () => {
      house.runs.view(house.workspace, this.#run).then(
        ({ waiting }) => {
          if (waiting?.gate !== gate || waiting.draft !== draft) elsewhere.abort();
        },
        // Why it cannot be read is found out by looking again.
        () => elsewhere.abort(),
      );
    });
    const interrupted = io.onInterrupt(() => elsewhere.abort());
    try {
      await this.#showGate(gate, draft);
      this.#screen.leave();
      this.#asking = true;
      const signal = AbortSignal.any([elsewhere.signal, house.leaving, io.gone]);
      return await askGate(io, await house.drafts.newest(house.workspace, gate), signal);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      // Ctrl-D means later; everything else is seen by looking again.
      const looksAgain =
        elsewhere.signal.aborted || house.leaving.aborted || io.gone.aborted || this.#interrupted;
      if (looksAgain) io.err('\n');
      return looksAgain ? 'changed' : null;
    } finally {
      this.#asking = false;
      unwatch();
      interrupted();
    }
  }

  async #decide(view: RunView, decision: Decide['decision']): Promise<End | null> {
    const house = this.#house;
    const { gate = '', draft = 0 } = view.waiting ?? {};
    const press = {
      workspace: house.workspace,
      gate,
      draft,
      member: house.local.member,
      surface: 'terminal' as const,
    };
    try {
      await house.gates.decide({ ...press, decision });
      return null;
    } catch (error) {
      const decided = isCrewsmithError(error, 'gate.closed') || isCrewsmithError(error, 'gate.stale');
      if (decided || isCrewsmithError(error, 'key.typed')) {
        this.#screen.line(error.says);
        return null;
      }
      if (isCrewsmithError(error, 'gate.forbidden')) {
        this.#screen.line(error.says);
        return await this.#rests(view);
      }
      throw error;
    }
  }

  /** The gate's card as it was sent, or, where that has passed, the draft itself. */
  async #showGate(gate: string, draft: number): Promise<void> {
    const isShown = await this.#came((card) =>
      card.actions.some(({ press }) => 'draft' in press && press.gate === gate && press.draft === draft),
    );
    if (isShown) return;
    const { document, sha256 } = await this.#house.drafts.newest(this.#house.workspace, gate);
    this.#screen.card({
      v: 1,
      title: `${document.title} · ready for your decision`,
      tone: 'waiting',
      status: '',
      body: documentBlocks(document),
      actions: [],
      foot: `draft ${draft} · ${sha256.slice(0, 4)} · ${this.#run}`,
    });
  }

  /** Whether such a card is there, or comes in time. */
  async #came(isIt: (card: Card) => boolean): Promise<boolean> {
    const until = this.#house.clock.now() + cardMs;
    const cancel = this.#house.clock.after(cardMs, () => this.#bell.ring());
    const isThere = () => [...this.#seen.values()].some(isIt);
    while (!isThere() && this.#house.clock.now() < until && !this.#io.gone.aborted) await this.#bell.wait();
    cancel();
    return isThere();
  }

  /** Waiting for somebody: what it waits for, and how to go on. */
  async #rests(view: RunView): Promise<End> {
    this.#screen.leave();
    this.#screen.card(runCard(view, howToGoOn(view, typedHere)));
    if (this.#options.json) this.#io.out(`${JSON.stringify(view)}\n`);
    return { exit: exitOfStatus(view.status) };
  }

  async #over(view: RunView): Promise<End> {
    const isShown = await this.#came((card) => card.status === view.status);
    this.#screen.leave();
    // On a screen the run's own card stands there and says why it failed; it says all of it when there is nothing more to do.
    const says = isShown && this.#io.live ? undefined : view.failure?.says;
    const failure = says === undefined ? [] : [{ type: 'text' as const, text: says }];
    if (!(isShown && this.#io.live && view.status === 'completed')) {
      this.#screen.card(runCard(view, [...failure, ...howToGoOn(view, typedHere)]));
    }
    if (this.#options.json) this.#io.out(`${JSON.stringify(view)}\n`);
    else if (view.status === 'completed') this.#io.out(`${await this.#result(view)}\n`);
    return { exit: exitOfStatus(view.status) };
  }

  /** What was delivered; of a crew that delivers nothing what its last step gave. */
  async #result(view: RunView): Promise<string> {
    const documents = await this.#house.drafts.delivered(this.#house.workspace, this.#run);
    if (documents.length > 0) return inertText(documents.map(documentText).join('\n\n'));
    const last =
      view.steps.findLast((step) => step.kind === 'prompt' && step.status === 'done')?.output ?? '';
    return inertText(typeof last === 'string' ? last : JSON.stringify(last, null, 2));
  }

  #show(shown: Shown): void {
    this.#seen.set(shown.message, shown.card);
    this.#quietSince = this.#house.clock.now();
    const [kind] = shown.message.split(':', 1);
    // Nothing can be pressed here: what can be done is asked, or said in words.
    const card = { ...shown.card, actions: [] };
    if (kind === 'parent') this.#screen.run(card);
    // The result goes to standard output; what is decided already is said by the run's own card.
    else if (kind !== 'delivery' && (kind !== 'gate' || shown.card.actions.length > 0)) {
      if (kind !== 'step' || this.#io.live) this.#screen.card(card);
    }
    this.#bell.ring();
  }

  #tick(): void {
    this.#cancelTick = this.#house.clock.after(quietMs, () => {
      const quiet = this.#house.clock.now() - this.#quietSince;
      if (quiet >= quietMs && !this.#asking)
        this.#screen.pass(`no news for ${Math.round(quiet / 1000)} s, still waiting`);
      this.#bell.ring();
      this.#tick();
    });
  }
}
