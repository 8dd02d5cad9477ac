import type { Card, CardAction } from '../src/chat/card.ts';
import { nearest } from '../src/core/nearest.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { SpendDimension, SpendReport, SpendWindow } from '../src/services/spend.ts';
import { arg, asJson, json, reply } from './cards.ts';
import type { Reading } from './house.ts';
import type { CommandSpec, Context } from './port.ts';
import { usageOf } from './words.ts';

const windows = ['today', 'week', 'month'] as const satisfies readonly SpendWindow[];
const dimensions = [
  ...(['crew', 'model', 'step', 'key', 'channel'] as const satisfies readonly SpendDimension[]),
  'member',
] as const;
const places = ['here', 'workspace'] as const;

interface Asked {
  readonly window: SpendWindow;
  /** Null: an overview. */
  readonly by: (typeof dimensions)[number] | null;
  /** Null: not said. */
  readonly place: (typeof places)[number] | null;
}

export const spend: CommandSpec = {
  name: 'spend',
  summary: 'What was spent today, this week or this month; "by model" and the like group it.',
  role: 'member',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'read',
  args: [
    arg('words', `${windows.join(', ')}; ${places.join(', ')}; by ${dimensions.join(', ')}`, {
      required: false,
      rest: true,
    }),
  ],
  flags: [json],
  async run(context, values) {
    const asked = read((values.arg('words') ?? '').split(/\s+/).filter(Boolean));
    const { house } = context;
    const report = await house.spend.report(house.workspace, asked.window);
    return reply(await cardOf(context, asked, report), asJson(report));
  },
};

async function cardOf(
  { house, surface, channel }: Context<Reading>,
  { window, by, place }: Asked,
  report: SpendReport,
): Promise<Card> {
  const { workspace } = house;
  // Where people talk, a channel sees what is its own; a terminal is no channel of theirs.
  const isHere = (place ?? (surface === 'terminal' ? 'workspace' : 'here')) === 'here';
  const only = isHere ? channel.id : null;
  // Imported here: what lies behind it is heavy, and `version` reads this file too.
  if (by !== null) {
    const { groupsCard, spendBy } = await import('../src/services/spend.ts');
    const own = isHere ? await house.spend.report(workspace, window, only) : report;
    const groups = by === 'member' ? await house.spend.byMember(workspace, own, only) : spendBy(own, by);
    return groupsCard(own, by, groups, isHere ? 'Spend here' : 'Spend');
  }
  const { overviewCard } = await import('../src/services/overview-card.ts');
  const card = overviewCard(await house.overviews.overview(workspace, { window, channel: only }));
  const of = isHere ? 'here' : 'workspace';
  return surface === 'terminal' || card.body.length < 2 ? card : { ...card, actions: further(window, of) };
}

/** What somebody who reads an overview may ask next. */
const further = (window: SpendWindow, place: (typeof places)[number]): CardAction[] =>
  (['model', 'member'] as const).map((by) => ({
    label: `By ${by}`,
    style: 'plain',
    press: { do: 'say', words: `spend ${window} ${place} by ${by}` },
  }));

/** `month by model`, in any order; an overview of the week where nothing is said. */
function read(words: readonly string[]): Asked {
  const left = [...words];
  let asked: Asked = { window: 'week', by: null, place: null };
  while (left.length > 0) {
    const word = left.shift() ?? '';
    const place = places.find((one) => one === word);
    if (word === 'by') asked = { ...asked, by: oneOf(left.shift() ?? '', dimensions) };
    else if (place !== undefined) asked = { ...asked, place };
    else asked = { ...asked, window: oneOf(word, windows) };
  }
  return asked;
}

function oneOf<W extends string>(word: string, known: readonly W[]): W {
  const found = known.find((k) => k === word);
  if (found !== undefined) return found;
  const [near] = nearest(word, known);
  const hint = near === undefined ? `Possible: ${known.join(', ')}.` : `Did you mean "${near}"?`;
  throw new CrewsmithError('usage.wrong', {
    why: `"${word}" is not possible here. ${hint}`,
    usage: usageOf(spend),
  });
}
