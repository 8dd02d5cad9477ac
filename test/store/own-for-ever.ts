/** A process of its own that owns the store of a data folder until it is killed: `own-for-ever.ts HOME`. */
import { ownStore } from '../../src/store/owner.ts';

const [home = ''] = process.argv.slice(2);
process.stdout.write(ownStore({ home }).owned ? 'owned\n' : 'not owned\n');
setInterval(() => {}, 1000);
