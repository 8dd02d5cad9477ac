import { openPostgres } from '../../src/store/postgres.ts';
import { linkingContract } from '../contracts/linking.ts';
import { startPostgres } from '../support/postgres.ts';

linkingContract('PostgreSQL', async () => {
  const postgres = await startPostgres();
  const migrated = await postgres.database();
  await (await openPostgres({ url: migrated })).close();
  return {
    fresh: async () => await openPostgres({ url: await postgres.database(migrated) }),
    end: () => postgres.stop(),
  };
});
