import { Anthropic } from '@anthropic-ai/sdk';
import type { OpenKey } from '../port.ts';

const ownAddress = 'https://api.anthropic.com';
/** Longer than any step may take: the engine keeps the time of a call. */
const timeoutMs = 3_600_000;

/**
 * A client for one call (rule K5). Retries are off: the engine owns them. Everything that the SDK would take from the environment
 * is said here, so that no variable sends a workspace's call elsewhere, under another key, or into a log.
 */
export function openClient(key: OpenKey, fetch: typeof globalThis.fetch): Anthropic {
  const secret = key.secret.reveal();
  return new Anthropic({
    // A server of somebody else may want no key; the SDK wants one.
    apiKey: secret === '' ? 'none' : secret,
    webhookKey: null,
    // Its paths begin with /v1 themselves.
    baseURL: (key.baseUrl ?? ownAddress).replace(/\/v1\/?$/, ''),
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    fetch(input, init) {
      // Headers can be set by a variable, too.
      const headers = new Headers(init?.headers);
      headers.delete('authorization');
      if (secret === '') headers.delete('x-api-key');
      else headers.set('x-api-key', secret);
      return fetch(input, { ...init, headers });
    },
  });
}
