import { digestContract } from '../contracts/digests.ts';
import { makeStoreFile } from '../support/store-file.ts';

digestContract('SQLite', async () => {
  const file = await makeStoreFile();
  return { store: await file.open(), end: () => file.end() };
});
