import { type APIModalInteractionResponseCallbackData, ComponentType, TextInputStyle } from 'discord.js';
import { wordsBox } from './custom-ids.ts';
import { messageCommandName } from './definition.ts';
import { limits } from './limits.ts';

/** What is to be run on a message, as a line that can be changed before it is. */
export const wordsModal = (words: string, customId: string): APIModalInteractionResponseCallbackData => ({
  custom_id: customId,
  title: messageCommandName,
  components: [
    {
      type: ComponentType.Label,
      label: 'What to run',
      description: 'A crew and what it asks for, as you would type it after /crew.',
      component: {
        type: ComponentType.TextInput,
        custom_id: wordsBox,
        style: TextInputStyle.Paragraph,
        required: true,
        max_length: limits.typed.most,
        value: words.slice(0, limits.typed.most),
      },
    },
  ],
});
