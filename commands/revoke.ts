import { createHash } from 'node:crypto';
import type { Card } from '../src/chat/card.ts';
import { keyName, keysMeant } from '../src/core/key-words.ts';
import type { KeyView } from '../src/services/key-rows.ts';
import type { KeyUse } from '../src/services/key-use.ts';
import { answer, arg, asJson, cancel, confirm, fields, json, onOff, reply, text } from './cards.ts';
import type { Writing } from './house.ts';
import type { Asks, CommandSpec } from './port.ts';

export const revoke: CommandSpec = {
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  data: 'write',
  name: 'keys revoke',
  summary: 'Cuts a key off: no call uses it any more, calls in flight on it are aborted.',
  reply: 'private',
  args: [arg('key', 'its label, its provider or its id', { rest: true })],
  flags: [onOff('now', 'All keys that the words mean, if they are several.'), json],
  async run({ house, member, asks }, values) {
    const words = values.given('key');
    const all = values.has('now');
    const asked = asks === null ? null : await ask(house, words, all, asks);
    if (asked !== null) return reply(asked, null);
    const request = { workspace: house.workspace, actor: member, words, all };
    const { keys, versions, aborted, ms } = await house.keys.revoke(request);
    const calls = aborted === 1 ? '1 call was stopped' : `${aborted} calls were stopped`;
    const body = [
      text(
        `${calls}, ${ms} ms after the revocation was stored. Runs that need another key go on with it, or wait for one.`,
      ),
      text('History and spend stay. At the provider the key still lives: revoke it there, too.'),
    ];
    const data = { keys: keys.map(asJson), versions: [...versions], aborted, ms };
    return reply(answer(`Revoked ${keys.map(keyName).join(', ')}`, body, { tone: 'good' }), data);
  },
};

/** What it would touch, with a button; null: that was shown and confirmed, or there is nothing to show. */
async function ask(house: Writing, words: string, all: boolean, asks: Asks): Promise<Card | null> {
  const live = await house.store.read((tx) => house.keys.list(tx, house.workspace));
  const keys = keysMeant(live, words);
  // What the words do not mean, or mean too widely, is refused by revoking itself.
  if (keys.length === 0 || (keys.length > 1 && !all)) return null;
  const mark = markOf(keys);
  if (asks.confirmed === mark) return null;
  const use = await (await house.keyUses()).of(house.workspace, keys, (await house.crews()).list());
  return answer(`Revoke ${keys.map(keyName).join(', ')}?`, [fields(touches(use))], {
    tone: 'waiting',
    status: asks.confirmed === null ? '' : 'other keys than before are meant now',
    actions: [confirm('Revoke now', asks, mark, 'danger'), cancel],
  });
}

/** These versions and no others: a key that was rotated or added meanwhile is asked about anew. */
const markOf = (keys: readonly KeyView[]) =>
  createHash('sha256')
    .update(
      keys
        .map((key) => key.versionId)
        .sort()
        .join(),
    )
    .digest('hex')
    .slice(0, 12);

function touches({ calls, runs, crews }: KeyUse): [string, string][] {
  const count = [...runs.values()].reduce((sum, n) => sum + n, 0);
  const after = [...runs].map(([provider, n]) =>
    provider === '' ? `${n} will wait for a key` : `${n} ${n === 1 ? 'goes' : 'go'} on with ${provider}`,
  );
  return [
    ['Runs now', count === 0 ? 'none' : `${count}: ${after.join(', ')}`],
    ['Calls', calls === 0 ? 'none in flight' : `${calls} in flight ${calls === 1 ? 'is' : 'are'} stopped`],
    ['Crews', crews.length === 0 ? 'none' : crews.join(', ')],
    ['Cuts', 'here at once; at the provider the key lives until it is revoked there'],
  ];
}
