import { Secret } from '../../src/core/secret.ts';
import { createSandbox } from '../../src/providers/sandbox/index.ts';
import { providerContract } from '../contracts/providers.ts';

providerContract('the sandbox', async () => ({
  provider: createSandbox(),
  key: { secret: new Secret(''), baseUrl: null },
  end: async () => {},
}));
