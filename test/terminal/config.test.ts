import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { type Environment, readConfig, settingNames } from '../../src/config.ts';
import { CrewsmithError } from '../../src/errors.ts';

const folder = '/srv/crewsmith';
const read = (env: Environment) => readConfig(env, folder);

function refusal(env: Environment): CrewsmithError {
  try {
    read(env);
  } catch (error) {
    if (error instanceof CrewsmithError) return error;
  }
  throw new Error('it was accepted');
}

test('nothing set is a complete configuration', () => {
  const config = read({});
  expect(config).toMatchObject({
    home: '/srv/crewsmith/data',
    databaseUrl: null,
    port: null,
    host: '127.0.0.1',
    logLevel: 'info',
    retentionDays: 90,
    fetchAllow: [],
    admins: [],
    warnings: [],
  });
  expect(config.providers.openai).toEqual({ key: null, baseUrl: null });
});

test('every setting reaches its place', () => {
  const key = Buffer.alloc(32, 1).toString('base64');
  const config = read({
    CREWSMITH_HOME: '/var/lib/crewsmith',
    CREWSMITH_MASTER_KEY: key,
    CREWSMITH_MASTER_KEY_FILE: 'keys/master',
    CREWSMITH_ADMINS: 'slack:U123, discord:456',
    DATABASE_URL: 'postgres://u:p@localhost/crewsmith',
    OPENAI_API_KEY: 'a key',
    OPENAI_BASE_URL: 'http://127.0.0.1:8080/v1',
    CREWSMITH_FETCH_ALLOW: '127.0.0.1:8080, intranet.example:443,',
    CREWSMITH_CREWS: 'own-crews',
    CREWSMITH_RETENTION_DAYS: '30',
    PORT: '0',
    LOG_LEVEL: 'debug',
  });
  expect(config.home).toBe('/var/lib/crewsmith');
  expect(config.masterKey.value?.reveal()).toBe(key);
  expect(config.masterKey.file).toBe('/srv/crewsmith/keys/master');
  expect(config.admins).toEqual([
    { surface: 'slack', team: null, user: 'U123' },
    { surface: 'discord', team: null, user: '456' },
  ]);
  expect(config.databaseUrl?.reveal()).toBe('postgres://u:p@localhost/crewsmith');
  expect(config.providers.openai.key?.reveal()).toBe('a key');
  expect(config.providers.openai.baseUrl).toBe('http://127.0.0.1:8080/v1');
  expect(config.fetchAllow).toEqual(['127.0.0.1:8080', 'intranet.example:443']);
  expect(config.crews).toBe('/srv/crewsmith/own-crews');
  expect([config.retentionDays, config.port, config.logLevel]).toEqual([30, 0, 'debug']);
});

test('what is set to nothing counts as not set, a provider key too', () => {
  const config = read({
    CREWSMITH_HOME: '',
    PORT: ' ',
    OPENAI_API_KEY: '',
    CREWSMITH_FETCH_ALLOW: '',
    HOST: '',
  });
  expect(config).toMatchObject({
    home: '/srv/crewsmith/data',
    port: null,
    host: '127.0.0.1',
    fetchAllow: [],
  });
  expect(config.providers.openai.key).toBeNull();
});

test.each([
  'SLACK_SIGNING_SECRET',
  'SLACK_BOT_TOKEN',
  'DISCORD_TOKEN',
  'CREWSMITH_MASTER_KEY',
  'CREWSMITH_MASTER_KEY_OLD',
  'CREWSMITH_WEB_TOKEN',
])('%s set to nothing is refused, since it would open a door or hide a loss', (name) => {
  const error = refusal({ [name]: '' });
  expect(error.code).toBe('config.invalid');
  expect(error.says).toContain(`${name} is set to nothing`);
});

test.each([
  ['PORT', 'http', 'a whole number from 0 to 65535'],
  ['PORT', '65536', 'a whole number from 0 to 65535'],
  ['PORT', '-1', 'a whole number from 0 to 65535'],
  ['CREWSMITH_RETENTION_DAYS', '0', 'a whole number from 1 to 36500'],
  ['CREWSMITH_RETENTION_DAYS', '1.5', 'a whole number from 1 to 36500'],
  ['LOG_LEVEL', 'loud', 'trace, debug, info, warn, error, fatal, silent'],
  ['OPENAI_BASE_URL', 'localhost:8080', 'http:// or https://'],
  ['OPENAI_BASE_URL', 'https://ana:planted@example.com/v1', 'without a user name, a password'],
  ['OPENAI_BASE_URL', 'https://example.com/v1?key=planted', 'without a user name, a password'],
  ['SLACK_API_URL', 'ftp://example.com', 'http:// or https://'],
  ['DATABASE_URL', 'mysql://host/db', 'postgres:// or postgresql://'],
  ['CREWSMITH_ADMINS', 'ana', 'slack:U123, slack:T123:U456 or discord:123456'],
  ['CREWSMITH_FETCH_ALLOW', 'intranet.example', 'host:port'],
  ['DISCORD_GUILD_ID', 'my guild', 'digits'],
  ['DISCORD_PUBLIC_KEY', 'abc', '64 hexadecimal digits'],
])('%s=%s is refused with what is allowed', (name, value, allowed) => {
  const { says } = refusal({ [name]: value });
  expect(says).toContain(name);
  expect(says).toContain(allowed);
  expect(says).not.toContain('planted');
});

test('all mistakes are told at once, and no secret is among what is told', () => {
  const secret = 'planted-secret-4711';
  const error = refusal({ PORT: 'x', LOG_LEVEL: 'y', DATABASE_URL: secret, OPENAI_API_KEY: secret });
  expect(error.detail).toMatchObject({
    problems: [expect.any(String), expect.any(String), expect.any(String)],
  });
  expect(`${error.message} ${inspect(error)}`).not.toContain(secret);
});

test('a secret is shown nowhere but where it is revealed', () => {
  const secret = 'planted-secret-4711';
  const config = read({ OPENAI_API_KEY: secret, SLACK_BOT_TOKEN: secret, CREWSMITH_WEB_TOKEN: secret });
  expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain(secret);
});

test('a variable that means nothing is told with the one that was meant', () => {
  expect(read({ CREWSMITH_FETCH_ALOW: 'x:1', CREWSMITH_SOMETHING: '1', OTHER: '1' }).warnings).toEqual([
    'CREWSMITH_FETCH_ALOW is not a setting; it is ignored. Did you mean CREWSMITH_FETCH_ALLOW?',
    'CREWSMITH_SOMETHING is not a setting; it is ignored.',
  ]);
});

test('.env.example names every setting once, sets none, and says something about each', () => {
  const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n');
  const named = lines.flatMap((line) => /^#([A-Z][A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(named.toSorted()).toEqual([...settingNames].sort());
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  const explained = lines.flatMap((line, i) => (/^#[A-Z_]+=/.test(line) ? [lines[i - 1] ?? ''] : []));
  expect(explained.filter((line) => !line.startsWith('#'))).toEqual([]);
});
