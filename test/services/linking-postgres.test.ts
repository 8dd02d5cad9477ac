import { openPostgres } from '../../src/store/postgres.ts';
import { linkingContract } from '../contracts/linking.ts';
import { linkingPeopleContract } from '../contracts/linking-people.ts';
import { startPostgres } from '../support/postgres.ts';

async function onPostgres() {
  const postgres = await startPostgres();
  const migrated = await postgres.database();
  await (await openPostgres({ url: migrated })).close();
  return {
    fresh: async () => await openPostgres({ url: await postgres.database(migrated) }),
    end: () => postgres.stop(),
  };
}

linkingContract('PostgreSQL', onPostgres);
linkingPeopleContract('PostgreSQL', onPostgres);
