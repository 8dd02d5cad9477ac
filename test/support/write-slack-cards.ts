import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardsOfOneRun } from './slack/one-run.ts';
import { root } from './tree.ts';

// `npm run slack-cards`: writes docs/slack anew, where the words of a card have changed.
for (const [name, { slack }] of await cardsOfOneRun())
  writeFileSync(join(root, 'docs/slack', `${name}.json`), `${JSON.stringify(slack, null, 2)}\n`);
