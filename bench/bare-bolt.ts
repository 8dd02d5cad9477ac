import { App, LogLevel } from '@slack/bolt';

/** A Bolt app that does nothing but acknowledge, over Socket Mode. */
const [token = '', appToken = '', slackApiUrl = ''] = process.argv.slice(2);
const app = new App({
  token,
  appToken,
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl },
});
app.command('/crew', async ({ ack }) => {
  await ack();
});
await app.start();
