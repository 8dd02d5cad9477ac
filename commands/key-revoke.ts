import { keyName } from '../src/core/key-words.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { KeyView } from '../src/services/key-rows.ts';
import type { Touched } from '../src/services/key-touch.ts';
import { answer, arg, asJson, bullets, cancel, confirm, json, onOff, reply, text } from './cards.ts';
import { chooseKey } from './key-form.ts';
import type { CommandSpec } from './port.ts';

/** What was shown: another version, or another key by the same words, is asked anew. */
const markOf = (keys: readonly KeyView[]) => keys.map((key) => key.versionId).join(' ');

export const revoke: CommandSpec = {
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  data: 'write',
  name: 'keys revoke',
  summary:
    'Cuts a key off: no call uses it any more, calls in flight on it are aborted. Chat shows first what it touches.',
  reply: 'private',
  args: [arg('key', 'its label, its provider or its id', { required: false, rest: true })],
  flags: [onOff('now', 'Without asking, and all keys that the words mean, if they are several.'), json],
  async run({ house, member, name, channel, asks }, values) {
    const { workspace } = house;
    const all = values.has('now');
    const typed = values.arg('key');
    if (typed === null && asks !== null) {
      const live = await house.store.read((tx) => house.keys.list(tx, workspace));
      if (live.length === 0) throw new CrewsmithError('key.unknown', { words: '', known: [] });
      return chooseKey('Revoke which key?', 'keys revoke', live);
    }
    const words = values.given('key');
    const meant = await house.store.read((tx) => house.keys.find(tx, workspace, words));
    if (meant.length > 1 && !all && asks !== null)
      return chooseKey(`Revoke which of these?`, 'keys revoke', meant);
    const crews = (await house.crews()).list();
    const touched = await (await house.keyTouch()).touched({
      workspace,
      keys: meant,
      channel: channel.id,
      crews,
    });
    const mark = markOf(meant);
    if (asks !== null && !all && asks.confirmed !== mark) {
      const actions = [confirm('Revoke now', asks, mark, 'danger'), cancel];
      const card = answer(`Revoke ${meant.map(keyName).join(', ')}?`, question(touched), {
        tone: 'waiting',
        status: asks.confirmed === null ? '' : 'another key than before is meant now',
        actions,
      });
      return reply(card, { keys: meant.map(asJson), touched: asJson(touched) });
    }
    // By its id where one was shown: it is this one that is meant, whatever the words mean by now.
    const [only] = meant;
    const named = meant.length === 1 && only !== undefined ? only.id : words;
    const { keys, versions, aborted, ms } = await house.keys.revoke({
      workspace,
      actor: member,
      words: named,
      all,
    });
    const { zone } = await house.store.read((tx) => house.settings.get(tx, workspace));
    const at = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: zone }).format(
      house.clock.now(),
    );
    const calls = aborted === 1 ? '1 call was stopped' : `${aborted} calls were stopped`;
    const body = [
      text(`Revoked by ${name} at ${at}. ${calls}, ${ms} ms after the revocation was stored.`),
      text(afterwards(touched)),
      text('History and spend stay. At the provider the key still lives: revoke it there, too.'),
    ];
    const data = { keys: keys.map(asJson), versions: [...versions], aborted, ms, touched: asJson(touched) };
    return reply(answer(`Revoked ${keys.map(keyName).join(', ')}`, body, { tone: 'good' }), data);
  },
};

const count = (n: number, one: string) => `${n} ${n === 1 ? one : `${one}s`}`;

/** `2 continue on anthropic, 1 waits for a key`. */
function fates({ runs }: Touched, going: (n: number) => string, waiting: (n: number) => string): string {
  const providers = [...new Set(runs.map((run) => run.then).filter((then) => then !== null))];
  const waits = runs.filter((run) => run.then === null).length;
  return [
    ...providers.map((provider) => {
      const n = runs.filter((run) => run.then === provider).length;
      return `${n} ${going(n)} ${provider}`;
    }),
    ...(waits === 0 ? [] : [`${waits} ${waiting(waits)} for a key`]),
  ].join(', ');
}

function question(touched: Touched) {
  const { calls, runs, crews } = touched;
  const fate = fates(
    touched,
    (n) => (n === 1 ? 'continues on' : 'continue on'),
    () => 'will wait',
  );
  const uses = runs.length === 0 ? 'no run' : `${count(runs.length, 'run')} (${fate})`;
  const listed = runs
    .slice(0, 5)
    .map(
      ({ run, title, then }) =>
        `${title} (${run}): ${then === null ? 'waits for a key' : `continues on ${then}`}`,
    );
  return [
    text(
      `Uses it now: ${uses}, ${count(crews.length, 'crew')}${crews.length === 0 ? '' : ` (${crews.join(', ')})`}.`,
    ),
    ...(listed.length === 0
      ? []
      : [bullets([...listed, ...(runs.length > 5 ? [`and ${runs.length - 5} more`] : [])])]),
    text(
      `Cuts here at once: ${calls === 0 ? 'no call is in flight on it' : `${count(calls, 'call')} in flight on it ${calls === 1 ? 'is' : 'are'} stopped and booked at what ${calls === 1 ? 'it' : 'they'} reserved`}. At the provider it lives on until it is revoked there.`,
    ),
  ];
}

const afterwards = (touched: Touched): string =>
  touched.runs.length === 0
    ? 'No run used it.'
    : `Of the runs that used it, ${fates(
        touched,
        (n) => (n === 1 ? 'moves to' : 'move to'),
        (n) => (n === 1 ? 'waits' : 'wait'),
      )}.`;
