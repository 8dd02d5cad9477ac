import { linkingContract } from '../contracts/linking.ts';
import { linkingPeopleContract } from '../contracts/linking-people.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

async function onSqlite() {
  const files: StoreFile[] = [];
  return {
    async fresh() {
      const file = await makeStoreFile();
      files.push(file);
      return await file.open();
    },
    async end() {
      for (const file of files) await file.end();
    },
  };
}

linkingContract('SQLite', onSqlite);
linkingPeopleContract('SQLite', onSqlite);
