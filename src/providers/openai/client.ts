import type { OpenAI } from 'openai';
import type { OpenKey } from '../port.ts';

const ownAddress = 'https://api.openai.com/v1';
/** Longer than any step may take: the engine keeps the time of a call. */
const timeoutMs = 3_600_000;

/** Gives a client for one call. The SDK is imported with the first. */
export type Clients = (key: OpenKey, fetch: typeof globalThis.fetch) => Promise<OpenAI>;

/**
 * A client for each call (rule K5). Retries are off: the engine owns them. Everything that the SDK would take from the environment
 * is said here, so that no variable sends a workspace's call elsewhere, under another key, or into a log.
 */
export function createClients(): Clients {
  let sdk: Promise<typeof import('openai')> | null = null;
  return async (key, fetch) => {
    // Importing costs each time, also what is there already.
    sdk ??= import('openai');
    const { OpenAI } = await sdk;
    const secret = key.secret.reveal();
    return new OpenAI({
      // A compatible server may want no key; the SDK wants one.
      apiKey: secret === '' ? 'none' : secret,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      baseURL: key.baseUrl ?? ownAddress,
      defaultHeaders: {
        Authorization: secret === '' ? null : `Bearer ${secret}`,
        'OpenAI-Organization': null,
        'OpenAI-Project': null,
      },
      maxRetries: 0,
      timeout: timeoutMs,
      logLevel: 'off',
      fetch,
    });
  };
}
