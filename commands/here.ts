import type { CardAction, CardBlock } from '../src/chat/card.ts';
import type { Crew } from '../src/core/crew.ts';
import { isOver } from '../src/core/run.ts';
import { shortAddress } from '../src/core/run-title.ts';
import type { WaitingGate } from '../src/services/gate-look.ts';
import type { RunSummary } from '../src/services/runs/index.ts';
import { answer, bullets, duration, fields, reply, text } from './cards.ts';
import type { Writing } from './house.ts';
import type { CommandSpec, Context } from './port.ts';
import { crewCommand, crewExample } from './run.ts';

/** So many of each are named; the rest is a word away. */
const shown = 5;
const lookedAt = 50;
const crewButtons = 3;

/** `/crew` alone: what can be done here, by whoever asks, now. It has no word of its own. */
export const here: CommandSpec = {
  name: 'help',
  summary: 'What you can do here now.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [],
  flags: [],
  async run(context) {
    const { house, member, may } = context;
    const crews = (await house.crews()).list().filter((crew) => may(crewCommand(crew)));
    const waiting = await house.gates.waitingFor(house.workspace, member);
    const own = (await house.runs.list(house.workspace, lookedAt)).filter(
      (run) => run.askedBy === member && !isOver(run.status),
    );
    const hasKey = (await house.store.read((tx) => house.keys.list(tx, house.workspace))).length > 0;
    const body = [
      ...decisions(waiting, house),
      ...runsOf(own, house),
      ...crewsOf(crews, context),
      ...(hasKey
        ? []
        : [
            text(
              'There is no key here. Where there never was one, the offline sandbox answers, and nothing is paid.',
            ),
          ]),
      text(`Also: ${further(context).join(', ')}.`),
    ];
    return reply(
      answer('What you can do here', body, { actions: buttons(crews, waiting, context, hasKey) }),
      null,
    );
  },
};

function decisions(waiting: readonly WaitingGate[], { clock }: Writing): CardBlock[] {
  if (waiting.length === 0) return [];
  const more = waiting.length > shown ? [`and ${waiting.length - shown} more`] : [];
  const lines = waiting
    .slice(0, shown)
    .map((gate) => `${gate.title} · ${duration(Math.max(0, gate.expiresAt - clock.now()))} left`);
  return [{ type: 'heading', text: 'Waits for your decision' }, bullets([...lines, ...more])];
}

function runsOf(own: readonly RunSummary[], { clock }: Writing): CardBlock[] {
  if (own.length === 0) return [];
  const lines = own.slice(0, shown).map((run) => {
    const status = run.waitingFor === null ? run.status : `waiting for ${run.waitingFor}`;
    return `${run.crew} ${shortAddress(run.input)} · ${status} · ${duration(clock.now() - run.createdAt)} ago`;
  });
  return [{ type: 'heading', text: 'Your runs' }, bullets(lines)];
}

function crewsOf(crews: readonly Crew[], { typed, surface }: Context<Writing>): CardBlock[] {
  if (crews.length === 0) {
    return [text('You may look here; an admin can let you run crews, with "access grant".')];
  }
  const rows = crews.map((crew) => [typed(crewExample(crew, surface)), crew.summary] as const);
  return [{ type: 'heading', text: 'Crews' }, fields(rows)];
}

/** The words that this person may use and that lead further. */
function further({ may, typed }: Context<Writing>): string[] {
  const words = [
    ['runs', 'viewer', 'channel'],
    ['spend', 'member', 'channel'],
    ['budget', 'member', 'channel'],
    ['access', 'viewer', 'channel'],
    ['keys', 'admin', 'workspace'],
    ['doctor', 'admin', 'workspace'],
    ['help', 'viewer', 'channel'],
  ] as const;
  return words.filter(([name, role, of]) => may({ name, role, of })).map(([name]) => typed(name));
}

function buttons(
  crews: readonly Crew[],
  waiting: readonly WaitingGate[],
  { may }: Context<Writing>,
  hasKey: boolean,
): CardAction[] {
  const button = (label: string, words: string, style: CardAction['style'] = 'plain'): CardAction => ({
    label,
    style,
    press: { do: 'say', words },
  });
  const [first] = waiting;
  const mayAddKeys = may({ name: 'keys add', role: 'admin', of: 'workspace' });
  return [
    ...(first === undefined ? [] : [button(`Decide on ${first.title}`, `runs ${first.run}`, 'primary')]),
    ...crews.slice(0, crewButtons).map((crew) => button(`${title(crew.name)} …`, crew.name)),
    ...(!hasKey && mayAddKeys ? [button('Add a key', 'keys add openai')] : []),
    button('All commands', 'help'),
  ];
}

const title = (word: string) => word.replace(/^./, (letter) => letter.toUpperCase());
