import { OpenAI } from 'openai';
import type { OpenKey } from '../port.ts';

const ownAddress = 'https://api.openai.com/v1';
/** Longer than any step may take: the engine keeps the time of a call. */
const timeoutMs = 3_600_000;

/**
 * A client for one call (rule K5). Retries are off: the engine owns them. Everything that the SDK would take from the environment
 * is said here, so that no variable sends a workspace's call elsewhere, under another key, or into a log.
 */
export function openClient(key: OpenKey, fetch: typeof globalThis.fetch): OpenAI {
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
}
