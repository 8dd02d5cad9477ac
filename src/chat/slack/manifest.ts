import { shortcutCallback } from './shortcut.ts';

/** What the app is allowed, and for what: nothing is asked for that is not used. */
const scopes = {
  'app_mentions:read':
    'what is written to @Crewsmith, in threads above all: slash commands do not work there',
  'channels:history': 'to look once for a card whose sending is doubtful, so that it does not stand twice',
  'channels:read': 'to know whether an approver sees the channel, and when the app is invited to one',
  'chat:write': 'cards, and private answers',
  commands: '/crew, and the shortcut on messages',
  'files:read':
    'files that people give to a crew: shared with the message that asks for it, or chosen in its form',
  'files:write': 'pictures of charts, and texts that are too long for messages',
  'groups:history': 'as channels:history, in private channels that the app was invited to',
  'groups:read': 'as channels:read, in private channels that the app was invited to',
  'im:history': 'what is written to the app in direct messages',
  'im:write':
    'a card of their own for approvers who do not see the channel; which conversation is with the app and not between two people',
  'users:read': 'names, and who is a guest or of another workspace: they may do nothing here',
} as const;

const events = {
  app_home_opened: null,
  app_mention: 'app_mentions:read',
  app_uninstalled: null,
  member_joined_channel: 'channels:read, groups:read',
  'message.im': 'im:history',
  tokens_revoked: null,
  user_change: 'users:read',
} as const;

/** The app as Slack is told of it. `url`: where Slack reaches it over HTTP; null: it connects to Slack by a socket. */
export function manifestYaml(url: string | null): string {
  const at = url === null ? null : `${url.replace(/\/$/, '')}/slack/events`;
  const width = Math.max(...Object.keys(scopes).map((scope) => scope.length));
  const lines = [
    '# Made by "npm run crew -- slack manifest"; a test compares it. Paste it at https://api.slack.com/apps → Create New App → From a manifest.',
    'display_information:',
    '  name: Crewsmith',
    '  description: Crews of agents on your own provider keys, with approvals and a ledger',
    '  background_color: "#1f2937"',
    'features:',
    '  app_home:',
    '    home_tab_enabled: true',
    '    messages_tab_enabled: true',
    '    messages_tab_read_only_enabled: false',
    '  bot_user:',
    '    display_name: Crewsmith',
    '    always_online: true',
    '  shortcuts:',
    '    - name: Run a crew on this message',
    '      type: message',
    `      callback_id: ${shortcutCallback}`,
    '      description: Asks which crew, and runs it in the thread of the message',
    '  slash_commands:',
    '    - command: /crew',
    ...(at === null ? [] : [`      url: ${at}`]),
    '      description: Run a crew, decide, see what it cost',
    '      usage_hint: research acme.com',
    '      should_escape: true',
    'oauth_config:',
    '  scopes:',
    '    bot:',
    ...Object.entries(scopes).map(([scope, why]) => `      - ${scope.padEnd(width)}  # ${why}`),
    'settings:',
    '  event_subscriptions:',
    ...(at === null ? [] : [`    request_url: ${at}`]),
    '    bot_events:',
    ...Object.entries(events).map(
      ([event, needs]) => `      - ${event}${needs === null ? '' : `  # by ${needs}`}`,
    ),
    '  interactivity:',
    '    is_enabled: true',
    ...(at === null ? [] : [`    request_url: ${at}`]),
    '  org_deploy_enabled: false',
    `  socket_mode_enabled: ${at === null}`,
    '  token_rotation_enabled: false',
  ];
  return `${lines.join('\n')}\n`;
}

/** How what the app was allowed differs from the manifest; what to click is in the sentences. */
export function scopesAmiss(granted: readonly string[]): string[] {
  const lacking = Object.entries(scopes).filter(([scope]) => !granted.includes(scope));
  const beyond = granted.filter((scope) => !Object.keys(scopes).includes(scope));
  const settings =
    'In its settings at https://api.slack.com/apps open "App Manifest", paste slack-manifest.yaml, save';
  const named = lacking.map(([scope, why]) => `${scope} (${why})`).join(', ');
  return [
    ...(lacking.length === 0
      ? []
      : [`The Slack app lacks ${named}. ${settings}, and press "Reinstall to Workspace".`]),
    // Slack adds scopes at a new installation and takes none away.
    ...(beyond.length === 0
      ? []
      : [
          `The Slack app may do more than is used: ${beyond.join(', ')}. ${settings}; remove the app from the workspace, install it again, and set its new SLACK_BOT_TOKEN.`,
        ]),
  ];
}
