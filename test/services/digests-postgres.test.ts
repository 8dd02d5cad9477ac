import { openPostgres } from '../../src/store/postgres.ts';
import { digestContract } from '../contracts/digests.ts';
import { startPostgres } from '../support/postgres.ts';

digestContract('PostgreSQL', async () => {
  const postgres = await startPostgres();
  const store = await openPostgres({ url: await postgres.database() });
  return {
    store,
    async end() {
      await store.close();
      await postgres.stop();
    },
  };
});
