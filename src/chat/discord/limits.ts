/** What Discord refuses beyond, each with where that is written. Tested at the limit and one over. */
export const limits = {
  /** Over all texts of a message of components. */
  text: { most: 4_000, source: 'https://docs.discord.com/developers/components/reference#text-display' },
  /** Of a message without components of the new kind. */
  content: { most: 2_000, source: 'https://docs.discord.com/developers/resources/message#create-message' },
  components: { most: 40, source: 'https://docs.discord.com/developers/components/reference' },
  pictureAlt: {
    most: 1_024,
    source: 'https://docs.discord.com/developers/components/reference#media-gallery',
  },
  buttonsOfRow: { most: 5, source: 'https://docs.discord.com/developers/components/reference#action-row' },
  button: { most: 80, source: 'https://docs.discord.com/developers/components/reference#button' },
  customId: { most: 100, source: 'https://docs.discord.com/developers/components/reference#custom-id' },
  /** Of a select, of an option of a command, and of what autocomplete offers. */
  choices: { most: 25, source: 'https://docs.discord.com/developers/components/reference#string-select' },
  choice: { most: 100, source: 'https://docs.discord.com/developers/interactions/application-commands' },
  modalTitle: {
    most: 45,
    source: 'https://docs.discord.com/developers/interactions/receiving-and-responding#modal',
  },
  modalParts: {
    most: 5,
    source: 'https://docs.discord.com/developers/interactions/receiving-and-responding#modal',
  },
  label: { most: 45, source: 'https://docs.discord.com/developers/components/reference#label' },
  description: { most: 100, source: 'https://docs.discord.com/developers/components/reference#label' },
  typed: { most: 4_000, source: 'https://docs.discord.com/developers/components/reference#text-input' },
  commandName: {
    most: 32,
    source: 'https://docs.discord.com/developers/interactions/application-commands#naming',
  },
  commandSummary: {
    most: 100,
    source: 'https://docs.discord.com/developers/interactions/application-commands#object',
  },
  options: {
    most: 25,
    source: 'https://docs.discord.com/developers/interactions/application-commands#object',
  },
  /** Of names, descriptions and values of one command with all that is under it. */
  command: {
    most: 8_000,
    source: 'https://docs.discord.com/developers/interactions/application-commands#object',
  },
  threadName: { most: 100, source: 'https://docs.discord.com/developers/resources/channel#start-thread' },
  nonce: { most: 25, source: 'https://docs.discord.com/developers/resources/message#create-message' },
  /** People who are called in one message. */
  mentions: { most: 100, source: 'https://docs.discord.com/developers/resources/message#allowed-mentions' },
} as const;

/** What a select, or a list of suggestions that is there from the start, holds. */
export const listMost = { choices: limits.choices.most, value: limits.choice.most };
