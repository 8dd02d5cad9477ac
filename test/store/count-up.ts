/** A process of its own that adds one to the row `n` of `meta`, many times: `count-up.ts FILE TIMES`. */
import { db } from '../../src/store/db.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

const [file = '', times = '0'] = process.argv.slice(2);
const store = await openSqlite({ file });
for (let i = 0; i < Number(times); i++) {
  await store.transact(async (tx) => {
    const query = db(tx).selectFrom('meta').select('value').where('name', '=', 'n');
    const { value } = await query.executeTakeFirstOrThrow();
    await db(tx)
      .updateTable('meta')
      .set({ value: String(Number(value) + 1) })
      .where('name', '=', 'n')
      .execute();
  });
  await new Promise(setImmediate);
}
await store.close();
