/** A process of its own that owns the store of a data folder until it is killed: `own-for-ever.ts HOME`. */
import { ownStore } from '../../src/store/owner.ts';

const [home = ''] = process.argv.slice(2);
const ownership = ownStore({ home });
process.stdout.write(ownership.owned ? 'owned\n' : 'not owned\n');
// Held: what nobody refers to is collected, and its lock goes with it.
setInterval(() => ownership, 1000);
