import type { Desk, HttpDoor } from '../chat/port.ts';
import type { Greeting } from '../chat/web/channel-html.ts';
import type { Todo } from '../chat/web/checklist-html.ts';
import { type Page, servePage } from '../chat/web/index.ts';
import type { PageParts } from '../chat/web/parts.ts';
import type { Config } from '../config.ts';
import type { App } from '../main.ts';
import type { PageHouse } from '../services/page-house.ts';
import type { Door } from './door.ts';
import type { House } from './house.ts';

export interface PageOptions {
  readonly app: App;
  readonly house: House;
  desk(): Promise<Desk>;
  readonly door: Door;
  /** Ways in of platforms, served on the same port. */
  readonly doors: readonly HttpDoor[];
  /** Begins to work on runs; they do not wait for the page. */
  work(): Promise<void>;
  /** A website for a first run; null: one that people choose. */
  site(): Promise<string | null>;
}

/** Serves the page on this installation. Throws `page.port-taken`. */
export async function openPage({ app, house, desk, door, doors, work, site }: PageOptions): Promise<Page> {
  const { config } = app;
  const reach = { url: config.url };
  async function parts(): Promise<Omit<PageParts, 'ending'>> {
    await work();
    const [{ completions }, own, made, keyDoor] = await Promise.all([
      import('../../commands/complete.ts'),
      app.page(),
      desk(),
      app.keyLinks(),
    ]);
    const { rooms, signIn } = own;
    if ((await rooms.channels()).length === 0) await rooms.addChannel('demo');
    return {
      clock: app.clock,
      rooms,
      signIn,
      keyDoor,
      desk: made,
      log: app.log,
      doors,
      reach,
      hasToken: config.webToken !== null,
      pictures: {
        async draw(chart, look) {
          const { createPictures } = await import('../chat/charts/index.ts');
          return await createPictures().draw(chart, look);
        },
      },
      greeting: async () => greetingOf(await site()),
      todos: () => todosOf(config, own),
      complete: async (words) => completions(words, (await house.crews()).list()),
      account: (name) => signIn.account(name),
    };
  }
  const page = await servePage(parts, { host: config.host, port: config.port, reach });
  door.open(page.address);
  return page;
}

const greetingOf = (site: string | null): Greeting => ({
  says: 'Crews of agents work here. Ask one for something, watch it in its thread, and decide what goes out. Three things to type:',
  tries: [
    {
      words: `/crew research ${site ?? 'acme.com'}`,
      says:
        site === null
          ? 'a sourced brief on a website'
          : 'a sourced brief on a small site that runs on this machine',
    },
    { words: '/crew', says: 'what can be done here, by you, now' },
    { words: '/crew spend', says: 'what it has cost' },
  ],
});

/** The first minutes of an installation; each is looked up, so it ticks itself. */
async function todosOf({ slack, discord }: Config, own: PageHouse): Promise<readonly Todo[]> {
  const { hasKey, hasBudget, hasApprover } = await own.firstSteps();
  return [
    {
      what: 'Add a key',
      done: hasKey,
      how: 'Crews then work with your own provider; until then the offline sandbox answers.',
      words: '/crew keys add openai',
    },
    {
      what: 'Connect Slack',
      done: slack.botToken !== null && (slack.appToken !== null || slack.signingSecret !== null),
      how: 'Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and start again. README.md says where they are.',
      words: null,
    },
    {
      what: 'Connect Discord',
      done: discord.token !== null && discord.applicationId !== null,
      how: 'Set DISCORD_TOKEN and DISCORD_APPLICATION_ID, and start again. README.md says where they are.',
      words: null,
    },
    {
      what: 'Set a budget',
      done: hasBudget,
      how: 'Nothing beyond it is spent, whoever asks.',
      words: '/crew budget set $20 week',
    },
    {
      what: 'Invite approvers',
      done: hasApprover,
      how: 'Then nobody approves what they asked for themselves.',
      words: '/crew access show',
    },
  ];
}
