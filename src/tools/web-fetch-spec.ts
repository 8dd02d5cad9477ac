import type { ToolSpec } from '../providers/port.ts';

/** `web.fetch` as models see it. */
export const webFetch: ToolSpec = {
  name: 'web.fetch',
  description:
    'Reads one public web page and returns its title, date, text as Markdown, and links. ' +
    'Call it several times in one turn to read several pages. Choose further pages from the links that came back.',
  parameters: {
    type: 'object',
    properties: { url: { type: 'string', description: 'The address, like https://acme.com/about' } },
    required: ['url'],
    additionalProperties: false,
  },
};
