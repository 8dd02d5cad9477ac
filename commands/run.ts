import type { Card, CardAction } from '../src/chat/card.ts';
import type { SurfaceName } from '../src/chat/port.ts';
import type { Crew, InputField } from '../src/core/crew.ts';
import { fileName, placeFiles } from '../src/core/input-file.ts';
import { formatUsd, parseUsd } from '../src/core/money.ts';
import { CrewsmithError, isCrewsmithError } from '../src/errors.ts';
import type { Ask, RunPrice } from '../src/services/runs/index.ts';
import { answer, arg, cancel, confirm, flag, json, onOff, reply, text } from './cards.ts';
import type { Asks, CommandSpec, FlagSpec, Values } from './port.ts';
import { usageOf } from './words.ts';

/** What a terminal may say beforehand about the gates of a run. */
export const decisionFlags: readonly FlagSpec[] = [
  onOff('approve', 'Approve at every gate, as far as you may.', { surfaces: 'terminal' }),
  onOff('reject', 'Reject at the first gate.', { surfaces: 'terminal' }),
];

const runFlags: readonly FlagSpec[] = [
  flag('max', '0.50', 'The run may cost this many dollars at most.'),
  flag('client', 'NAME', 'For whom: the cost is booked under this name.'),
  ...decisionFlags,
  json,
];

/** As help lists it; what is typed is matched to the crew's own declaration. */
export const run: CommandSpec = {
  name: 'run',
  summary: 'Runs a crew; its name alone does the same.',
  role: 'member',
  of: 'channel',
  surfaces: 'all',
  reply: 'thread',
  data: 'write',
  args: [
    arg('crew', 'the name of a crew, see list'),
    arg('input', 'what the crew asks for', { required: false, rest: true }),
  ],
  flags: runFlags,
  run: () => Promise.reject(new CrewsmithError('internal.impossible', { what: 'run without a crew' })),
};

/** `/crew research acme.com`: each crew is a command, its inputs are arguments and flags. */
export function crewCommand(crew: Crew): CommandSpec {
  const spec: CommandSpec = {
    name: crew.name,
    summary: crew.summary,
    role: 'member',
    of: 'channel',
    surfaces: 'all',
    reply: 'thread',
    data: 'write',
    args: crew.input.map((field, i) =>
      arg(field.name, saysOf(field), {
        required: false,
        needed: field.required,
        // A sentence needs no quotes where nothing that is needed comes after it; a file is not among the words of a chat.
        rest:
          field.type === 'text' &&
          crew.input.slice(i + 1).every((after) => !after.required || after.type === 'file'),
        surfaces: surfacesOf(field),
      }),
    ),
    flags: [
      ...runFlags,
      ...crew.input.map((field) =>
        flag(field.name, field.example ?? (field.type === 'file' ? 'FILE' : 'TEXT'), field.label, {
          surfaces: surfacesOf(field),
        }),
      ),
    ],

    async run(context, values) {
      const { house, tell, asks } = context;
      if (values.has('approve') && values.has('reject')) {
        throw new CrewsmithError('usage.wrong', {
          why: 'Approve and reject cannot both be meant.',
          usage: usageOf(spec),
        });
      }
      const max = values.flag('max');
      const typed = inputsTyped(spec, crew, values);
      const { placed, left } = placeFiles(crew, context.files);
      const asked = {
        workspace: house.workspace,
        channel: context.channel,
        thread: context.thread,
        surface: context.surface,
        member: context.member,
        crew,
        dedupe: context.dedupe,
        client: values.flag('client'),
        environment: 'production',
        maxNano: max === null ? null : parseUsd(max),
      };
      const price = await house.runs.price({ ...asked, input: {}, priceAgreed: false, evenIfNobody: true });
      // A button says yes to what it named, and to what was confirmed before.
      const agreed = (asks?.confirmed ?? '').split('+').filter(Boolean);
      const mark = String(price.worstNano);
      if (asks !== null && asks.confirmed === null && missesInputs(crew, { ...typed, ...shown(placed) })) {
        const { askAboveNano } = await house.store.read((tx) => house.settings.get(tx, house.workspace));
        const isDear = max === null && (price.likelyNano ?? price.worstNano) > askAboveNano;
        const { crewForm } = await import('./crew-form.ts');
        const says = priceLine(price, asked.maxNano);
        const { workspace } = house;
        const typing = { workspace, surface: context.surface, channel: context.channel.id };
        const seesAll = context.may({ name: 'channels', role: 'admin', of: 'workspace' });
        const choices = await house.inputs.forForm({ ...typing, crew, typed, seesAll });
        const from = { request: asks.request, mark: isDear ? mark : '' };
        const form = crewForm(crew, { placed, choices }, from, says, isDear);
        return { cards: [], form, data: null, exit: 0, run: null };
      }
      const ask: Ask = {
        ...asked,
        input: await house.inputs.read({
          ...{ workspace: house.workspace, surface: context.surface, channel: context.channel.id },
          ...{ member: context.member, crew, typed, files: context.files },
        }),
        // In the terminal --approve answers for the price, too (rule M3). A button does for the price that it named.
        priceAgreed: context.priceAgreed || values.has('approve') || agreed.includes(mark),
        evenIfNobody:
          context.priceAgreed || values.has('approve') || values.has('reject') || agreed.includes(nobodyMark),
      };
      if (!context.priceAgreed) tell(priceLine(price, ask.maxNano));
      try {
        const { run } = await house.runs.start(ask);
        return { cards: notUsed(crew, left), form: null, data: { run: run.id }, exit: 0, run: run.id };
      } catch (error) {
        if (asks === null) throw error;
        if (isCrewsmithError(error, 'gate.nobody')) {
          const actions = [confirm('Start anyway', asks, [...agreed, nobodyMark].join('+')), cancel];
          const body = [text(error.next), text('Started anyway, it waits at that gate until somebody may.')];
          return reply(answer(error.says, body, { tone: 'waiting', actions }), null);
        }
        if (!isCrewsmithError(error, 'price.ask')) throw error;
        const kept = agreed.filter((word) => word === nobodyMark);
        return reply(priceCard(crew, price, confirmPrice(price, asks, [...kept, mark].join('+'))), null);
      }
    },
  };
  return spec;
}

const saysOf = ({ label, type, example }: InputField) => {
  const what =
    type === 'file' ? `${label}: a file of text; where people talk it is shared with the message` : label;
  return example === null ? what : `${what}, like ${example}`;
};

const surfacesOf = ({ type }: InputField) => (type === 'file' ? 'terminal' : 'all');

const shown = (placed: ReadonlyMap<string, { readonly name: string }>): Record<string, string> =>
  Object.fromEntries([...placed].map(([field, { name }]) => [field, fileName(name)]));

/** Nobody is to believe that a crew has read what it has not. */
function notUsed(crew: Crew, left: readonly { readonly name: string }[]): Card[] {
  if (left.length === 0) return [];
  const files = crew.input.filter(({ type }) => type === 'file').length;
  const names = left.map(({ name }) => fileName(name)).join(', ');
  const takes = files === 0 ? 'no files' : files === 1 ? 'one file' : `${files} files`;
  return [answer(`Not read: ${names}`, [text(`${crew.name} takes ${takes}; the run goes on without.`)])];
}

/** How a crew is asked for where it is typed, by its examples, and without what may be left out. */
export function crewExample(crew: Crew, surface: SurfaceName): string {
  const { args } = crewCommand(crew);
  const words = crew.input.map((field, i) => {
    // A file is shared with the words.
    if (!field.required || (field.type === 'file' && surface !== 'terminal')) return '';
    const example = field.example ?? field.name.toUpperCase();
    const quoted = /\s/.test(example) ? `"${example}"` : example;
    return args[i]?.rest === true && surface !== 'terminal' ? example : quoted;
  });
  return [crew.name, ...words].filter(Boolean).join(' ');
}

/** Of a button that starts a run although nobody could decide on it yet (rule G3). */
const nobodyMark = 'nobody';

function inputsTyped(spec: CommandSpec, crew: Crew, values: Values): Record<string, string> {
  return Object.fromEntries(
    crew.input.flatMap(({ name }): [string, string][] => {
      const placed = values.arg(name);
      const named = values.flag(name);
      if (placed !== null && named !== null) {
        throw new CrewsmithError('usage.wrong', { why: `${name} is given twice.`, usage: usageOf(spec) });
      }
      const typed = placed ?? named;
      return typed === null ? [] : [[name, typed]];
    }),
  );
}

/** Whether what was typed leaves out something that the crew asks for. */
export const needsForm = (crew: Crew, values: Values): boolean =>
  missesInputs(
    crew,
    Object.fromEntries(crew.input.map(({ name }) => [name, values.arg(name) ?? values.flag(name) ?? ''])),
  );

const missesInputs = (crew: Crew, typed: Readonly<Record<string, string>>) =>
  crew.input.some((field) => field.required && (typed[field.name] ?? '').trim() === '');

/** Rule M3: a button names the amount that pressing it agrees to. */
const confirmPrice = (price: RunPrice, asks: Asks, mark: string) => [
  confirm(`Start, at most ${formatUsd(price.worstNano)}`, asks, mark),
  cancel,
];

const priceCard = (crew: Crew, price: RunPrice, actions: readonly CardAction[]): Card =>
  answer(
    `${crew.name} may cost more than runs may here without being asked`,
    [text(priceLine(price, null))],
    {
      tone: 'waiting',
      actions,
    },
  );

/** Rules M3, M11, K7: said before anything is paid. */
function priceLine(price: RunPrice, maxNano: bigint | null): string {
  if (price.sandbox && price.withoutKey.length === 0) {
    return 'On the offline sandbox: it answers by extraction, no model is asked, nothing is paid.';
  }
  const cap = maxNano !== null && maxNano < price.worstNano ? maxNano : price.worstNano;
  const most =
    price.unpriced.length > 0
      ? `no price at most: none is known for ${price.unpriced.join(', ')}, the rest costs at most ${formatUsd(cap)}`
      : `at most ${formatUsd(cap)}`;
  const usually = price.likelyNano === null ? '' : `usually about ${formatUsd(price.likelyNano)}, `;
  const waits =
    price.withoutKey.length === 0
      ? ''
      : ` No live key answers for ${price.withoutKey.join(' and ')}: the run will wait for one (keys add).`;
  return `Price: ${usually}${most}.${waits}`;
}
