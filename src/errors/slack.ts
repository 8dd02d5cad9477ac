import { row } from './row.ts';

/** Connecting to Slack. */
export const slackErrors = {
  'slack.bot-token': row((_) => ({
    says: 'Slack does not take SLACK_BOT_TOKEN.',
    next: 'In the app’s settings under "OAuth & Permissions", install the app and copy the Bot User OAuth Token (xoxb-…) anew.',
  })),
  'slack.app-token': row((_) => ({
    says: 'Slack does not take SLACK_APP_TOKEN.',
    next: 'In the app’s settings under "Basic Information", generate an App-Level Token with the scope connections:write (xapp-…), and turn Socket Mode on.',
  })),
  'slack.unreachable': row((_) => ({
    says: 'Slack was not reached, so nothing starts there.',
    next: 'Check the connection to slack.com, or SLACK_API_URL where it is set, and start again.',
  })),
} as const;
