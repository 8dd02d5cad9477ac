import { Client, GatewayIntentBits, MessageFlags } from 'discord.js';

/** A discord.js bot that does nothing but defer. */
const [token = '', api = ''] = process.argv.slice(2);
const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages],
  rest: { api },
});
client.on('interactionCreate', (interaction) => {
  if (interaction.isChatInputCommand()) void interaction.deferReply({ flags: MessageFlags.Ephemeral });
});
await client.login(token);
