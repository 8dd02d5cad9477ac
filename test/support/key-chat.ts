import type { Card } from '../../src/chat/card.ts';
import { keyLinkPath } from '../../src/chat/key-door.ts';
import { crewOf } from './crew-text.ts';
import { noteCrew } from './crews.ts';
import { createFakeChat, type FakeChat, type FakePerson, wordsOf } from './fake-chat.ts';
import { type House, type HouseOptions, openHouse } from './house.ts';
import { createRecorder } from './recorder.ts';
import { createScripted, hangs, type ScriptedProvider } from './scripted.ts';

/** By the alias `fast` alone; `note` asks for `smart`. */
const plainCrew = crewOf(`
name: plain
summary: One line by one provider.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: fast, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - write: { agent: writer, prompt: "About {{ input.topic }}" }
`);

/** A Slack team whose owner is Ana, with the crews `note` and `plain`. */
export interface KeyChat {
  readonly house: House;
  readonly chat: FakeChat;
  readonly ana: FakePerson;
  readonly openai: ScriptedProvider;
  readonly anthropic: ScriptedProvider;
  /** From now on calls of OpenAI wait for an answer that never comes. */
  silence(): void;
  person(name: string): FakePerson;
  /** The same on the file of a process that is gone. */
  after(options: HouseOptions): Promise<KeyChat>;
}

/** `url`: of the page, for links. */
export async function openKeyChat(url: string | null, keys: HouseOptions['keys'] = []): Promise<KeyChat> {
  let silent = false;
  const openai = createScripted((_, call) => (silent ? hangs : { json: { text: `words ${call}` } }));
  const anthropic = createScripted((_, call) => ({ json: { text: `words ${call}` } }), { name: 'anthropic' });
  const house = await openHouse({
    providers: [openai, anthropic],
    recorder: createRecorder({ name: 'slack' }),
    keys,
    materials: { url },
  });
  const over = (of: House, owner: FakePerson | null): KeyChat => {
    const chat = createFakeChat(of, [noteCrew, plainCrew]);
    const person = (name: string) =>
      chat.person(name, { surface: 'slack', team: 'T1', native: `T1:U${name.toUpperCase()}` });
    return {
      ...{ house: of, chat, openai, anthropic, person, ana: owner ?? person('Ana') },
      silence: () => {
        silent = true;
      },
      after: async (options) => over(await openHouse(options), null),
    };
  };
  const team = over(house, null);
  const { code } = await house.services.claims.renew();
  await team.ana.types(`access claim ${code}`);
  return team;
}

export const lastCard = (who: FakePerson): Card | undefined => who.told.at(-1);
/** What somebody was told last, in one line. */
export const lastTold = (who: FakePerson): string => wordsOf(lastCard(who)).replaceAll('\n', ' ');

/** Where the page of these tests is. */
export const page = 'https://crewsmith.example';

/** The secret part of the link that somebody was told last. Throws where there is none. */
export function tokenIn(who: FakePerson): string {
  const link = lastCard(who)?.body.find((block) => block.type === 'link');
  const [before, token = ''] = (link?.url ?? '').split(keyLinkPath);
  if (before !== page || !/^[A-Za-z0-9_-]{43}$/.test(token)) throw new Error(`no link in ${lastTold(who)}`);
  return token;
}

export async function pressLast(who: FakePerson, label: string): Promise<void> {
  const action = lastCard(who)?.actions.find((a) => a.label === label);
  if (action === undefined) throw new Error(`no button ${label} on ${lastTold(who)}`);
  await who.presses(action.press);
}
