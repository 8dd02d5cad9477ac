import { arrowsOf, drawArrows } from './import-graph.ts';
import { sourcesIn } from './tree.ts';

// `npm run imports`: the picture that ARCHITECTURE.md holds.
console.log(drawArrows(arrowsOf(sourcesIn('src', 'commands'))));
