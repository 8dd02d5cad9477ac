import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isPlainAddress } from './core/address.ts';
import { type FirstOwner, parseFirstOwners } from './core/admins.ts';
import { nearest } from './core/nearest.ts';
import { Secret } from './core/secret.ts';
import { CrewsmithError } from './errors.ts';

/** Everything that the environment decides. The only file that reads `process.env`. */
export interface Config {
  /** Absolute. */
  readonly home: string;
  readonly masterKey: {
    readonly value: Secret | null;
    readonly file: string | null;
    readonly old: Secret | null;
  };
  readonly admins: readonly FirstOwner[];
  /** null: SQLite in `home`. Carries a password, so it is a secret. */
  readonly databaseUrl: Secret | null;
  readonly slack: {
    readonly botToken: Secret | null;
    readonly appToken: Secret | null;
    readonly signingSecret: Secret | null;
    readonly clientId: string | null;
    readonly clientSecret: Secret | null;
    readonly apiUrl: string | null;
  };
  readonly discord: {
    readonly token: Secret | null;
    readonly applicationId: string | null;
    readonly guildId: string | null;
    readonly publicKey: string | null;
    readonly apiUrl: string | null;
  };
  readonly providers: Readonly<Record<KeyedProvider, ProviderSettings>>;
  /** What the default aliases ask a compatible server for; `auto`: the first model that it lists. */
  readonly compatibleModel: string;
  /** `host:port` each; the address guard checks them. */
  readonly fetchAllow: readonly string[];
  /** A folder of the workspace's own crews; absolute. */
  readonly crews: string | null;
  readonly retentionDays: number;
  readonly url: string | null;
  readonly webToken: Secret | null;
  /** null: 3000, or the next free one. */
  readonly port: number | null;
  readonly host: string;
  readonly logLevel: (typeof logLevels)[number];
  /** Lines for the person who started: variables that mean nothing. */
  readonly warnings: readonly string[];
}

export type KeyedProvider = 'openai' | 'anthropic' | 'google' | 'compatible';

export interface ProviderSettings {
  readonly key: Secret | null;
  readonly baseUrl: string | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const said = (error: string) => ({ error });

const text = z.string().nullable().default(null);
const secret = z
  .string()
  .nullable()
  .default(null)
  .transform((value) => (value === null ? null : new Secret(value)));
/** Set to nothing it would open a door, or hide that a secret was lost on its way; a provider's key merely is not there. */
const guarding = z
  .string()
  .min(1, said('is set to nothing; allowed: the secret, or leave the variable out'))
  .nullable()
  .default(null)
  .transform((value) => (value === null ? null : new Secret(value)));

const address = (protocols: readonly string[]) => {
  const allowed = `allowed: an address that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`;
  return z
    .string()
    .refine(
      (value) => {
        const url = URL.parse(value);
        return url !== null && protocols.includes(url.protocol) && url.hostname !== '';
      },
      said(`is not an address; ${allowed}`),
    )
    .nullable()
    .default(null);
};
const web = address(['http:', 'https:']).refine(
  (value) => value === null || isPlainAddress(value),
  said('holds more than an address; allowed: one without a user name, a password, "?" and "#"'),
);

const whole = (from: number, to: number) => {
  const allowed = said(`is not in range; allowed: a whole number from ${from} to ${to}`);
  return z
    .string()
    .regex(/^\d{1,7}$/, allowed)
    .transform(Number)
    .refine((n) => n >= from && n <= to, allowed);
};
const id = z
  .string()
  .regex(/^\d+$/, said('is not an id; allowed: digits, as Discord shows them'))
  .nullable()
  .default(null);

const admins = z
  .string()
  .default('')
  .transform((value, context): readonly FirstOwner[] => {
    try {
      return parseFirstOwners(value);
    } catch {
      const message =
        'names somebody who is not an account; allowed: slack:U123, slack:T123:U456 or discord:123456, separated by commas';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });

/** Every setting. What has no default here is null when it is not set. */
const settings = z.object({
  CREWSMITH_HOME: z.string().default('./data'),
  CREWSMITH_MASTER_KEY: guarding,
  CREWSMITH_MASTER_KEY_FILE: text,
  CREWSMITH_MASTER_KEY_OLD: guarding,
  CREWSMITH_ADMINS: admins,
  DATABASE_URL: address(['postgres:', 'postgresql:']).transform((url) =>
    url === null ? null : new Secret(url),
  ),
  SLACK_BOT_TOKEN: guarding,
  SLACK_APP_TOKEN: guarding,
  SLACK_SIGNING_SECRET: guarding,
  SLACK_CLIENT_ID: text,
  SLACK_CLIENT_SECRET: guarding,
  SLACK_API_URL: web,
  DISCORD_TOKEN: guarding,
  DISCORD_APPLICATION_ID: id,
  DISCORD_GUILD_ID: id,
  DISCORD_PUBLIC_KEY: z
    .string()
    .regex(
      /^[0-9a-f]{64}$/i,
      said('is not a public key; allowed: the 64 hexadecimal digits that Discord shows'),
    )
    .nullable()
    .default(null),
  DISCORD_API_URL: web,
  OPENAI_API_KEY: secret,
  OPENAI_BASE_URL: web,
  ANTHROPIC_API_KEY: secret,
  ANTHROPIC_BASE_URL: web,
  GOOGLE_API_KEY: secret,
  GOOGLE_BASE_URL: web,
  COMPATIBLE_API_KEY: secret,
  COMPATIBLE_BASE_URL: web,
  COMPATIBLE_MODEL: z
    .string()
    .regex(
      /^[\x21-\x7e]{1,200}$/,
      said('is not the name of a model; allowed: one word, as the server lists it'),
    )
    .default('auto'),
  CREWSMITH_FETCH_ALLOW: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((place) => place.trim())
        .filter((place) => place !== ''),
    )
    .refine(
      (places) => places.every((place) => /^[^\s/@]+:\d{1,5}$/.test(place)),
      said('names something else than a place; allowed: host:port, separated by commas'),
    ),
  CREWSMITH_CREWS: text,
  CREWSMITH_RETENTION_DAYS: whole(1, 36_500).default(90),
  CREWSMITH_URL: web,
  CREWSMITH_WEB_TOKEN: guarding,
  PORT: whole(0, 65_535).nullable().default(null),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(logLevels, said(`is not a level; allowed: ${logLevels.join(', ')}`)).default('info'),
});

type Name = keyof typeof settings.shape;

/** The names of all settings. */
export const settingNames = Object.keys(settings.shape) as readonly Name[];

const guardingNames = settingNames.filter((name) => settings.shape[name] === guarding);
const secretNames = settingNames.filter(
  (name) => settings.shape[name] === guarding || settings.shape[name] === secret || name === 'DATABASE_URL',
);

/** Throws `config.invalid` with every wrong variable; what a secret holds is never in it. */
export function readConfig(env: Environment, folder: string): Config {
  const set = settingNames.flatMap((name): [Name, string][] => {
    const value = env[name]?.trim();
    return value === undefined || (value === '' && !guardingNames.includes(name)) ? [] : [[name, value]];
  });
  const read = settings.safeParse(Object.fromEntries(set));
  if (!read.success) {
    const problems = read.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
    throw new CrewsmithError('config.invalid', { problems });
  }
  const s = read.data;
  return {
    home: resolve(folder, s.CREWSMITH_HOME),
    masterKey: {
      value: s.CREWSMITH_MASTER_KEY,
      file: s.CREWSMITH_MASTER_KEY_FILE === null ? null : resolve(folder, s.CREWSMITH_MASTER_KEY_FILE),
      old: s.CREWSMITH_MASTER_KEY_OLD,
    },
    admins: s.CREWSMITH_ADMINS,
    databaseUrl: s.DATABASE_URL,
    slack: {
      botToken: s.SLACK_BOT_TOKEN,
      appToken: s.SLACK_APP_TOKEN,
      signingSecret: s.SLACK_SIGNING_SECRET,
      clientId: s.SLACK_CLIENT_ID,
      clientSecret: s.SLACK_CLIENT_SECRET,
      apiUrl: s.SLACK_API_URL,
    },
    discord: {
      token: s.DISCORD_TOKEN,
      applicationId: s.DISCORD_APPLICATION_ID,
      guildId: s.DISCORD_GUILD_ID,
      publicKey: s.DISCORD_PUBLIC_KEY,
      apiUrl: s.DISCORD_API_URL,
    },
    providers: {
      openai: { key: s.OPENAI_API_KEY, baseUrl: s.OPENAI_BASE_URL },
      anthropic: { key: s.ANTHROPIC_API_KEY, baseUrl: s.ANTHROPIC_BASE_URL },
      google: { key: s.GOOGLE_API_KEY, baseUrl: s.GOOGLE_BASE_URL },
      compatible: { key: s.COMPATIBLE_API_KEY, baseUrl: s.COMPATIBLE_BASE_URL },
    },
    compatibleModel: s.COMPATIBLE_MODEL,
    fetchAllow: s.CREWSMITH_FETCH_ALLOW,
    crews: s.CREWSMITH_CREWS === null ? null : resolve(folder, s.CREWSMITH_CREWS),
    retentionDays: s.CREWSMITH_RETENTION_DAYS,
    url: s.CREWSMITH_URL,
    webToken: s.CREWSMITH_WEB_TOKEN,
    port: s.PORT,
    host: s.HOST,
    logLevel: s.LOG_LEVEL,
    warnings: unknownOf(env),
  };
}

/** Every secret that was set. */
export const secretsIn = (of: object): Secret[] =>
  Object.values(of).flatMap((value: unknown) => {
    if (value instanceof Secret) return value.reveal() === '' ? [] : [value];
    return typeof value === 'object' && value !== null ? secretsIn(value) : [];
  });

const prefix = 'CREWSMITH_';

function unknownOf(env: Environment): string[] {
  const known = settingNames.filter((name) => name.startsWith(prefix));
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith(prefix) && !known.some((k) => k === name),
  );
  const ends = known.map((name) => name.slice(prefix.length));
  return unknown.sort().map((name) => {
    const [meant] = nearest(name.slice(prefix.length), ends);
    const hint = meant === undefined ? '' : ` Did you mean ${prefix}${meant}?`;
    return `${name} is not a setting; it is ignored.${hint}`;
  });
}

export interface LoadedConfig {
  readonly config: Config;
  /** A script of npm started this process: its parent is a shell between npm and here. */
  readonly byNpm: boolean;
  /** Takes every secret out of `process.env`, so that nothing started from here inherits one (rule K3). */
  forgetSecrets(): void;
}

/** Of this process, with what `.env` in its folder adds to it. Throws `config.invalid`. */
export function loadConfig(): LoadedConfig {
  // Node's own flag for this says a line on standard error wherever there is no such file.
  if (existsSync('.env')) process.loadEnvFile('.env');
  return {
    config: readConfig(process.env, process.cwd()),
    byNpm: process.env.npm_lifecycle_event !== undefined,
    forgetSecrets() {
      for (const name of secretNames) delete process.env[name];
    },
  };
}
