import { GoogleGenAI } from '@google/genai';
import type { OpenKey } from '../port.ts';

const ownAddress = 'https://generativelanguage.googleapis.com';
/** What Google's own server, proxies and stand-ins know alike; the address of a key may end with another. */
const usualVersion = 'v1beta';

/** The address without its version, and the version. */
function placeOf(baseUrl: string): { baseUrl: string; apiVersion: string } {
  const [, before, version] = /^(.*?)\/(v\d[a-z0-9]*)\/?$/.exec(baseUrl) ?? [];
  return before === undefined || version === undefined
    ? { baseUrl: baseUrl.replace(/\/$/, ''), apiVersion: usualVersion }
    : { baseUrl: before, apiVersion: version };
}

/**
 * A client for one call (rule K5). Nothing is retried: the engine owns that. Everything that the SDK would take from the
 * environment is said here, so that no variable sends a workspace's call elsewhere or under another key.
 */
export function openClient(key: OpenKey, fetch: typeof globalThis.fetch): GoogleGenAI {
  const secret = key.secret.reveal();
  return new GoogleGenAI({
    vertexai: false,
    // A server of somebody else may want no key; the SDK wants one.
    apiKey: secret === '' ? 'none' : secret,
    httpOptions: { ...placeOf(key.baseUrl ?? ownAddress), fetch },
  });
}
