import { linkingContract } from '../contracts/linking.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

linkingContract('SQLite', async () => {
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
});
