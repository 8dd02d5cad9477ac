import { join } from 'node:path';
import type { Bare, Setup } from '../../commands/house.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { CheckFile } from '../services/crew-check.ts';

/** What the environment says, as `doctor` and `start` tell it: no secret, only whether there is one. */
async function setupOf(config: Config): Promise<Setup> {
  const { masterKey, slack, discord } = config;
  return {
    home: config.home,
    database: config.databaseUrl === null ? 'sqlite' : 'postgres',
    masterKey:
      masterKey.value !== null ? 'CREWSMITH_MASTER_KEY' : (masterKey.file ?? join(config.home, 'master.key')),
    fetchAllow: config.fetchAllow,
    baseUrls: Object.fromEntries(Object.entries(config.providers).map(([name, p]) => [name, p.baseUrl])),
    crewsFolder: config.crews,
    surfaces: [
      { name: 'terminal', on: true, says: 'here' },
      { name: 'page', on: true, says: 'by "npm start"' },
      slackSetup(slack),
      await discordSetup(discord),
    ],
    warnings: config.warnings,
  };
}

function slackSetup({ botToken, appToken, signingSecret }: Config['slack']): Setup['surfaces'][number] {
  const isOn = botToken !== null && (appToken !== null || signingSecret !== null);
  if (isOn) {
    const how = appToken !== null ? 'over a socket' : 'over HTTP at /slack/events of CREWSMITH_URL';
    const says = `by "npm start", ${how}. Slack tells a bot its scopes alone: compare events, interactivity, the shortcut and /crew in the app’s settings with "npm run crew -- slack manifest"`;
    return { name: 'slack', on: true, says };
  }
  const lacks = [
    ...(botToken === null ? ['SLACK_BOT_TOKEN'] : []),
    ...(appToken === null && signingSecret === null ? ['SLACK_APP_TOKEN'] : []),
  ];
  const says = `${lacks.join(' and ')} turn${lacks.length === 1 ? 's' : ''} it on`;
  return { name: 'slack', on: false, says };
}

async function discordSetup({ token, applicationId }: Config['discord']): Promise<Setup['surfaces'][number]> {
  const lacks = [
    ...(token === null ? ['DISCORD_TOKEN'] : []),
    ...(applicationId === null ? ['DISCORD_APPLICATION_ID'] : []),
  ];
  if (applicationId !== null && lacks.length === 0) {
    const { inviteLink } = await import('../chat/discord/needs.ts');
    const says = `by "npm start", over the gateway; a server is joined by ${inviteLink(applicationId)}`;
    return { name: 'discord', on: true, says };
  }
  return {
    name: 'discord',
    on: false,
    says: `${lacks.join(' and ')} turn${lacks.length === 1 ? 's' : ''} it on`,
  };
}

/** What needs no database. Its parts are imported when a command asks for them: `version` asks for none. */
export function bareHouse(clock: Clock, config: () => Promise<Config>): Bare {
  let checkFile: CheckFile | undefined;
  return {
    clock,
    async crews() {
      const { createCrews } = await import('../services/crews.ts');
      const { rememberedFiles } = await import('../services/crew-check.ts');
      checkFile ??= rememberedFiles();
      return await createCrews({ own: (await config()).crews, checkFile });
    },
    async crewCheck() {
      const { createCrewCheck } = await import('../services/crew-check.ts');
      const { builtInCrews } = await import('../services/crews.ts');
      const own = (await config()).crews;
      return createCrewCheck({ folders: [builtInCrews, ...(own === null ? [] : [own])] });
    },
    setup: async () => setupOf(await config()),
  };
}
