import type { Card } from '../../../src/chat/card.ts';
import type { Form } from '../../../src/chat/form.ts';
import type { ChatSurface } from '../../../src/chat/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { createVirtualClock } from '../clock.ts';
import { crewOf } from '../crew-text.ts';
import { createFetchTool } from '../fetch-tool.ts';
import { type Answer, createScripted } from '../scripted.ts';
import type { FakeView } from './shapes.ts';
import { openSlackStand } from './stand.ts';
import type { FakeMessage } from './state.ts';

/** One of the cards as Slack gets it, and as every surface does. */
export interface RunCard {
  readonly slack: Pick<FakeMessage, 'text' | 'blocks'> | FakeView;
  readonly neutral: Card | Form;
}

/** `crews/research.yaml`, in short. */
const crew = crewOf(`
name: research
summary: A sourced brief on a company, reviewed.
input: { company: { type: website, label: Company website, example: acme.com } }
types:
  Page: { url: url, title: text, facts: [text] }
  Claim: { text: text, sources: [integer] }
  Brief: { what_they_do: [Claim], pricing: [Claim], signals: [Claim], open_questions: [text] }
agents:
  analyst: { model: smart, tools: [web.fetch], instructions: Read., limits: { turns: 3, input: 20000, output: 2000, time: 60s } }
  writer: { model: smart, instructions: Write., limits: { input: 20000, output: 2000, time: 60s } }
steps:
  - gather: { agent: analyst, read: "{{ input.company }}", prompt: "Read {{ input.company }}", output: { pages: [Page] } }
  - brief: { agent: writer, prompt: "Write it. {{ steps.gather.pages | sources }}", output: Brief }
  - review:
      agent: writer
      prompt: "Check it. {{ steps.brief | json }} {{ steps.gather.pages | sources }}"
      output: { score: number, removed: [text], brief: Brief }
  - approve: { gate: { shows: review.brief, expires: 2d } }
  - publish: { deliver: channel, approved: approve }
`);

const site = 'https://acme.com/';
const pages = {
  [site]: { title: 'Acme', links: [{ text: 'Pricing', url: `${site}pricing` }] },
  [`${site}pricing`]: { title: 'Pricing' },
  [`${site}news`]: { title: 'News' },
};
const claim = (text: string, ...sources: number[]) => ({ text, sources });

const brief = {
  what_they_do: [
    claim(
      'Acme makes scheduling software for bicycle repair shops: one calendar for customers, mechanics and spare parts.',
      1,
    ),
    claim(
      'The planner moves an appointment by itself when a spare part is late, and tells the customer by text message.',
      1,
    ),
    claim('More than 1,240 shops in 14 countries plan their week with it.', 1),
  ],
  pricing: [
    claim('Starter costs €19 a month for one workbench, Workshop €49 a month for up to five.', 2),
    claim('Every plan can be tried for 30 days, without a card.', 2),
  ],
  signals: [
    claim(
      'In March it opened its calendar to other software through a public interface; 37 shops connected their cash registers in the test phase.',
      3,
    ),
    claim('It has taken no outside funding and has been profitable since 2022.', 3),
  ],
  open_questions: ['How many of the shops pay, and on which plan.', 'Whether it sells to chains of shops.'],
};
const first = {
  ...brief,
  signals: [
    ...brief.signals,
    claim(
      'It employs 86 people in Rotterdam and is said to look for an office in Berlin, where several of its largest customers are and where a second support team would sit closer to them.',
      3,
    ),
    claim(
      'Its founders have worked in repair shops themselves, which reviewers of the software name as the reason why it fits the day of a mechanic so well.',
      1,
    ),
  ],
};

const answers: readonly Answer[] = [
  { calls: [`${site}pricing`, `${site}news`].map((url) => ({ tool: 'web.fetch', arguments: { url } })) },
  { text: 'I have read enough.' },
  {
    json: {
      pages: Object.entries(pages).map(([url, { title }]) => ({
        url,
        title,
        facts: [`What ${title} says.`],
      })),
    },
  },
  { json: first },
  {
    json: {
      score: 8.6,
      removed: ['The Berlin office: no page names it.', 'Why it fits mechanics: no page says so.'],
      brief,
    },
  },
];

/** As long as a model takes. */
const later = (clock: Clock, answer: Answer): Answer => ({
  hold: new Promise((resolve) => void clock.after(4_000, () => resolve(answer))),
});

/** What differs from run to run: ids and hashes. */
const steady = <T>(of: T): T =>
  JSON.parse(
    JSON.stringify(of)
      .replaceAll(/run_[a-z0-9]+/g, 'run_7f3k')
      .replaceAll(/gate_[a-z0-9]+/g, 'gate_2c9d')
      .replaceAll(/· [0-9a-f]{4} ·/g, '· 5e0c ·')
      .replaceAll(/ · [0-9a-f]{4}"/g, ' · 5e0c"'),
  ) as T;

/** Keeps what the program gives to a surface: cards by their addresses, and the form that was opened last. */
function watched() {
  const cards = new Map<string, Card>();
  let form: Form | null = null;
  const through = (surface: ChatSurface): ChatSurface => ({
    ...surface,
    async post(card, place, dedupe) {
      const address = await surface.post(card, place, dedupe);
      cards.set(address, card);
      return address;
    },
    async edit(card, place, address) {
      await surface.edit(card, place, address);
      cards.set(address, card);
    },
    listen: (desk, teams, memory) =>
      surface.listen(
        {
          ...desk,
          press: (pressed, answer) =>
            desk.press(pressed, {
              ...answer,
              form: (opened) => {
                form = opened;
                return answer.form(opened);
              },
            }),
        },
        teams,
        memory,
      ),
  });
  return { cards, through, form: () => form };
}

/** The cards of one whole run, and its form, by their names in `docs/slack`. */
export async function cardsOfOneRun(): Promise<ReadonlyMap<string, RunCard>> {
  const clock = createVirtualClock();
  const provider = createScripted((_, call) => later(clock, answers[call - 1] ?? { text: '' }));
  const seen = watched();
  const slack = await openSlackStand({
    ...{ crews: [crew], clock, through: seen.through },
    house: { providers: [provider], tools: [createFetchTool(pages)] },
  });
  try {
    const shown = new Map<string, RunCard>();
    const see = (name: string, message: FakeMessage | undefined) => {
      const neutral = seen.cards.get(message?.ts ?? '');
      if (message === undefined || neutral === undefined) throw new Error(`no card for ${name}`);
      shown.set(name, steady({ slack: { text: message.text, blocks: message.blocks }, neutral }));
    };
    const own = () => slack.platform.state.messages.filter((m) => m.isBot);
    await slack.ana.types('research acme.com');
    await slack.pass(6_000);
    see('1-run-begun', own()[0]);
    await slack.pass(20_000);
    see('2-step', own()[2]);
    see('3-gate', own().at(-1));
    see('4-run-waiting', own()[0]);
    await slack.ana.presses('Edit');
    const [view, form] = [slack.ana.form?.view, seen.form()];
    if (view === undefined || form === null) throw new Error('no form opened');
    shown.set('5-edit-form', steady({ slack: view, neutral: form }));
    slack.ana.closes();
    await slack.ana.presses('Approve');
    await slack.pass(5_000);
    see('6-gate-decided', slack.message('Approved by Ana'));
    see('7-run-completed', own()[0]);
    see(
      '8-published',
      own().findLast((m) => m.thread === null),
    );
    return shown;
  } finally {
    await slack.end();
  }
}
