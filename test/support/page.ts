import { randomBytes } from 'node:crypto';
import type { Chart } from '../../src/chat/chart.ts';
import type { Look } from '../../src/chat/picture.ts';
import type { Answer, Command, Desk, Pressed, Submitted } from '../../src/chat/port.ts';
import type { Rooms } from '../../src/chat/rooms.ts';
import type { SignIn } from '../../src/chat/sign-in.ts';
import { createPageApp } from '../../src/chat/web/app.ts';
import type { PageParts } from '../../src/chat/web/parts.ts';
import { Secret } from '../../src/core/secret.ts';
import { createRooms } from '../../src/services/rooms.ts';
import { createSignIn } from '../../src/services/sign-in.ts';
import { type House, type HouseOptions, openHouse } from './house.ts';

/** The page over a real store, with a desk that notes what it is handed. No port is opened: requests go straight in. */
export interface PageStand {
  readonly house: House;
  readonly rooms: Rooms;
  readonly signIn: SignIn;
  /** What the page handed on, in order. */
  readonly handed: (Command | Pressed | Submitted)[];
  /** What the desk does with it. */
  answers: (incoming: Command | Pressed | Submitted, answer: Answer) => Promise<void>;
  outcome: Awaited<ReturnType<Desk['submit']>>;
  readonly errors: unknown[];
  readonly parts: PageParts;
  /** Somebody at this machine with a browser of their own, signed out. */
  browser(more?: Partial<Seat>): Browser;
  /** Signed in as `local`. */
  signedIn(more?: Partial<Seat>): Promise<Browser>;
  /** The same, acting as pretend member `ana` or `bo`. */
  pretending(as: 'ana' | 'bo'): Promise<Browser>;
  end(): Promise<void>;
}

/** Where a browser sits and how it calls the page. */
export interface Seat {
  readonly host: string;
  readonly origin: string | null;
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Browser {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Sends a form, with the token of this session unless another is given. */
  post(
    path: string,
    fields: Readonly<Record<string, string | File>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** The text of a page that is there. */
  reads(path: string): Promise<string>;
  readonly cookie: string | null;
}

export async function openPageStand(
  options: { token?: string; url?: string; house?: HouseOptions } = {},
): Promise<PageStand> {
  const house = await openHouse(options.house ?? { providers: [], keys: [] });
  const { store, clock, services } = house;
  const { ids, people, home } = services;
  const token = options.token === undefined ? null : new Secret(options.token);
  const rooms = createRooms({ store, clock, ids, workspace: home.workspace });
  const signIn = createSignIn({ store, clock, ids, random: randomBytes, people, home, token });
  await rooms.addChannel('demo');
  const handed: PageStand['handed'] = [];
  const errors: unknown[] = [];
  const ending = new AbortController();
  const take = async (incoming: Command | Pressed | Submitted, answer: Answer) => {
    handed.push(incoming);
    await stand.answers(incoming, answer);
  };
  const parts: PageParts = {
    clock,
    rooms,
    signIn,
    doors: [],
    keyDoor: await services.keyLinks(),
    pictures: {
      draw: async (chart: Chart, look: Look) => new TextEncoder().encode(`${chart.title} ${look}`),
    },
    desk: {
      command: take,
      press: take,
      async submit(submitted, answer) {
        await take(submitted, answer);
        return stand.outcome;
      },
      opensForm: () => Promise.resolve(false),
      typed: () => Promise.resolve([]),
      suggest: () => Promise.resolve([]),
    },
    reach: { url: options.url ?? null },
    hasToken: token !== null,
    greeting: () =>
      Promise.resolve({ says: 'Welcome.', tries: [{ words: '/crew', says: 'what can be done' }] }),
    todos: () =>
      Promise.resolve([
        { what: 'Add a key', done: false, how: 'With a command.', words: '/crew keys add openai' },
      ]),
    complete: (words) =>
      Promise.resolve([{ words: `${words}research `, label: 'research', says: 'A brief.' }]),
    account: (name) => signIn.account(name),
    log: { error: (detail) => errors.push(detail) },
    ending: ending.signal,
  };
  const app = createPageApp(parts);

  function browser(more: Partial<Seat> = {}): Browser {
    const seat: Seat = {
      host: '127.0.0.1:3000',
      origin: 'http://127.0.0.1:3000',
      from: '127.0.0.1',
      headers: {},
      ...more,
    };
    let cookie: string | null = null;
    const env = { incoming: { socket: { remoteAddress: seat.from } } };

    async function ask(
      path: string,
      init: RequestInit,
      headers: Readonly<Record<string, string>>,
    ): Promise<Response> {
      const own = { host: seat.host, ...seat.headers, ...headers, ...(cookie === null ? {} : { cookie }) };
      const response = await app.request(`http://${seat.host}${path}`, { ...init, headers: own }, env);
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) cookie = set.split(';', 1)[0] ?? null;
      return response;
    }

    const self: Browser = {
      get cookie() {
        return cookie;
      },
      get: (path, headers = {}) => ask(path, {}, headers),
      async post(path, fields, headers = {}) {
        const csrf = cookie === null ? '' : await csrfIn(self);
        const origin = seat.origin === null ? {} : { origin: seat.origin };
        const body = bodyOf({ csrf, ...fields });
        return await ask(path, { method: 'POST', body }, { ...origin, ...headers });
      },
      async reads(path) {
        const response = await self.get(path);
        return `${response.status} ${await response.text()}`;
      },
    };
    return self;
  }

  const stand: PageStand = {
    house,
    rooms,
    signIn,
    handed,
    answers: async () => {},
    outcome: { form: 'closes' },
    errors,
    parts,
    browser,
    async signedIn(more) {
      const own = browser(more);
      const { path } = await signIn.link(home.member);
      await own.post(path, {});
      return own;
    },
    async pretending(as) {
      const own = await stand.signedIn();
      await own.post('/pretend', {});
      const accounts = await house.rows('accounts');
      const account = accounts.find(({ native }) => native === `pretend:${as}`);
      await own.post('/act-as', { member: account?.member_id ?? '' });
      return own;
    },
    async end() {
      ending.abort();
      await house.end();
    },
  };
  return stand;
}

/** As browsers send a form: one with files is in parts. */
function bodyOf(fields: Readonly<Record<string, string | File>>): URLSearchParams | FormData {
  const hasFile = Object.values(fields).some((value) => typeof value !== 'string');
  const body = hasFile ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) body.set(name, value as string);
  return body;
}

/** The mark of this session, as a form of a page carries it. */
async function csrfIn(browser: Browser): Promise<string> {
  const page = await (await browser.get('/c/demo')).text();
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
}
