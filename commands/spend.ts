import { nearest } from '../src/core/nearest.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { SpendDimension, SpendWindow } from '../src/services/spend.ts';
import { arg, asJson, json, reply } from './cards.ts';
import type { CommandSpec } from './port.ts';
import { usageOf } from './words.ts';

const windows = ['today', 'week', 'month'] as const satisfies readonly SpendWindow[];
const dimensions = ['crew', 'model', 'step', 'key', 'channel'] as const satisfies readonly SpendDimension[];

export const spend: CommandSpec = {
  name: 'spend',
  summary: 'What was spent today, this week or this month; "by model" and the like group it.',
  role: 'member',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'read',
  args: [
    arg('words', `${windows.join(', ')}; by ${dimensions.join(', ')}`, {
      required: false,
      rest: true,
    }),
  ],
  flags: [json],
  async run({ house }, values) {
    const { window, dimension } = read((values.arg('words') ?? '').split(/\s+/).filter(Boolean));
    // Imported here: what lies behind it is heavy, and `version` reads this file too.
    const { spendCard } = await import('../src/services/spend.ts');
    const report = await house.spend.report(house.workspace, window);
    return reply(spendCard(report, dimension), asJson(report));
  },
};

/** `month by model`, in any order; the week by crew where nothing is said. */
function read(words: readonly string[]): { window: SpendWindow; dimension: SpendDimension } {
  const left = [...words];
  let window: SpendWindow = 'week';
  let dimension: SpendDimension = 'crew';
  while (left.length > 0) {
    const word = left.shift() ?? '';
    if (word === 'by') dimension = oneOf(left.shift() ?? '', dimensions);
    else window = oneOf(word, windows);
  }
  return { window, dimension };
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
