import { afterEach } from 'vitest';
import { storeContract } from '../contracts/store.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

const files: StoreFile[] = [];

afterEach(async () => {
  for (const file of files.splice(0)) await file.end();
});

storeContract({
  name: 'SQLite',
  async fresh() {
    const file = await makeStoreFile();
    files.push(file);
    return () => file.open();
  },
});
