import { keyName } from '../src/core/key-words.ts';
import { plainUsd } from '../src/core/money.ts';
import { isOver } from '../src/core/run.ts';
import { answer, asJson, json, onOff, reply, text, timeLeft } from './cards.ts';
import type { Setup, Writing } from './house.ts';
import type { CommandSpec } from './port.ts';

/** `ok: null` is neither right nor wrong: it is off. */
interface Finding {
  readonly what: string;
  readonly ok: boolean | null;
  readonly says: string;
}

type Typed = (words: string) => string;

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'What is configured, what is missing, and how to mend it.',
  role: 'admin',
  of: 'workspace',
  surfaces: 'all',
  reply: 'private',
  data: 'write',
  args: [],
  flags: [
    onOff('claim', 'A code by which another team or guild is claimed; on this machine alone.', {
      surfaces: 'terminal',
    }),
    json,
  ],
  async run({ house, surface, typed }, values) {
    const setup = await house.setup();
    const findings = [
      ...placeFindings(setup),
      ...(await keyFindings(house, typed)),
      ...(await crewFindings(house, typed)),
      ...(await workFindings(house, typed)),
      ...(await cardFindings(house)),
      ...(await ownerFindings(house, surface === 'terminal', values.has('claim'))),
      ...setup.surfaces.map(({ name, on, says }) => ({ what: name, ok: on ? true : null, says })),
      ...setup.warnings.map((says) => ({ what: 'settings', ok: false, says })),
    ];
    const wrong = findings.filter((f) => f.ok === false).length;
    const status = wrong === 0 ? 'all is well' : `${wrong} to mend`;
    const lines = findings.map(
      ({ what, ok, says }) => `${ok === null ? '○' : ok ? '✔' : '✖'} ${what}: ${says}`,
    );
    const card = answer('Doctor', [text(lines.join('\n'))], { tone: wrong === 0 ? 'good' : 'bad', status });
    return reply(card, { findings: findings.map(asJson) }, wrong === 0 ? 0 : 1);
  },
};

function placeFindings(setup: Setup): Finding[] {
  const node = Number(process.versions.node.split('.', 1)[0]);
  return [
    {
      what: 'node',
      ok: node >= 24,
      says: node >= 24 ? process.version : `${process.version} is too old: use 24`,
    },
    { what: 'data', ok: true, says: `${setup.home} (${setup.database})` },
    { what: 'master key', ok: true, says: setup.masterKey },
    {
      what: 'private addresses',
      ok: setup.fetchAllow.length === 0 ? null : true,
      says: setup.fetchAllow.join(', ') || 'none may be read; CREWSMITH_FETCH_ALLOW names some',
    },
  ];
}

async function keyFindings(house: Writing, typed: Typed): Promise<Finding[]> {
  const keys = await house.store.read((tx) => house.keys.list(tx, house.workspace));
  if (keys.length === 0) {
    const says = `none: the sandbox answers where no key ever was. Add one: ${typed('keys add openai')}`;
    return [{ what: 'keys', ok: null, says }];
  }
  const without = ['openai', 'anthropic', 'google'].filter(
    (name) => !keys.some(({ provider }) => provider === name),
  );
  const off = without.map((what) => ({ what, ok: null, says: `no key: ${typed(`keys add ${what}`)}` }));
  const found = keys.map((key): Finding => {
    const failing = key.health === 'failing';
    const says = failing
      ? `refused: ${key.healthSays ?? ''} Mend it: ${typed(`keys rotate ${key.label}`)}`
      : key.health;
    return { what: keyName(key), ok: failing ? false : key.health === 'healthy' ? true : null, says };
  });
  return [...found, ...off];
}

async function crewFindings(house: Writing, typed: Typed): Promise<Finding[]> {
  const checked = await (await house.crewCheck()).check(null);
  return checked.map(({ file, crew, problems }) => ({
    what: file,
    ok: crew !== null,
    says: crew === null ? `${problems.length} mistakes: ${typed('crews check')}` : `${crew.name} is right`,
  }));
}

/** Rule K9. The code makes an owner, so only who is at the machine gets it; each time a new one. */
async function ownerFindings(house: Writing, here: boolean, wanted: boolean): Promise<Finding[]> {
  const without = await house.claims.ownerless();
  if (without.length === 0 && !(wanted && here)) return [];
  const ok = without.length === 0 ? null : false;
  const what = without.length === 0 ? 'claim' : `owner on ${without.join(' and ')}`;
  if (!here) return [{ what, ok, says: 'nobody; "doctor" on the machine gives the code for "access claim"' }];
  const { code, until } = await house.claims.renew();
  const says = `type "/crew access claim ${code}" there, within ${timeLeft(until - house.clock.now())}; it holds once`;
  return [{ what, ok, says }];
}

/** Rule S3: where a platform leaves no way to know whether a message arrived, it is sent again, and counted. */
async function cardFindings(house: Writing): Promise<Finding[]> {
  const { waiting, failed, duplicatesPossible } = await house.outbox.state(house.workspace);
  const says = [
    ...(waiting === 0 ? [] : [`${waiting} on their way`]),
    ...(failed === 0 ? [] : [`${failed} could not be sent: what the program prints says why`]),
    ...(duplicatesPossible === 0
      ? []
      : [`${duplicatesPossible} may stand twice, since an answer was lost and there was no way to look`]),
  ];
  const all =
    says.length === 0 ? 'all of the last 7 days were sent' : `in the last 7 days, ${says.join('; ')}`;
  return [{ what: 'messages', ok: failed + duplicatesPossible === 0 ? true : null, says: all }];
}

async function workFindings(house: Writing, typed: Typed): Promise<Finding[]> {
  const { zone, askAboveNano } = await house.store.read((tx) => house.settings.get(tx, house.workspace));
  const open = (await house.runs.list(house.workspace, 100)).filter((run) => !isOver(run.status));
  const waiting = open.filter((run) => run.waitingFor !== null);
  return [
    { what: 'zone', ok: true, says: zone },
    { what: 'asks above', ok: true, says: plainUsd(askAboveNano) },
    {
      what: 'runs',
      ok: waiting.length === 0 ? true : null,
      says: `${open.length} not over, ${waiting.length} waiting${waiting.length === 0 ? '' : `: ${typed('runs')}`}`,
    },
  ];
}
