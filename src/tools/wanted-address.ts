import { isList, isObject, type Json } from '../core/json.ts';
import type { AddressGuard } from './address-guard.ts';
import { FetchFailure, shown } from './fetch-failure.ts';

/** Longer ones carry data, not an address. */
const mostChars = 2000;

/** The addresses that a model asked for, however it wrote the call. Throws FetchFailure `bad-address` or `too-many`. */
export function wantedAddresses(call: Json, most: number): readonly string[] {
  const written = isObject(call) ? (call.url ?? call.urls ?? null) : call;
  const list = isList(written) ? written : [written];
  const addresses = list.map((one) =>
    typeof one === 'string' ? one.trim().replace(/^[<"'`]+|[>"'`]+$/g, '') : '',
  );
  if (addresses.length === 0 || addresses.includes('')) {
    throw new FetchFailure(
      'bad-address',
      'No address was given; pass one as "url", like {"url": "https://acme.com"}.',
    );
  }
  const each = [...new Set(addresses)];
  if (each.length > most) {
    throw new FetchFailure(
      'too-many',
      `${each.length} addresses were asked for at once; ask for at most ${most}.`,
    );
  }
  return each;
}

/**
 * The addresses to try for one that was written, in order; the next counts only where the one before cannot be
 * connected to. A bare host is https, then http; a place that the operator listed is http first.
 */
export function candidatesOf(written: string, guard: AddressGuard): readonly URL[] {
  const address = written.replace(/^\/\//, '');
  if (address.length > mostChars) {
    throw new FetchFailure(
      'bad-address',
      `${shown(address)} is longer than ${mostChars} characters; give a shorter address.`,
    );
  }
  const bare = !/^[a-z][a-z0-9+.-]*:(?!\d+(?:[/?#]|$))/i.test(address);
  const texts = bare ? [`https://${address}`, `http://${address}`] : [address];
  const urls = texts.map((text) => URL.parse(text)).filter((url) => url !== null);
  if (urls.length === 0) {
    throw new FetchFailure(
      'bad-address',
      `${shown(address)} is not a web address; give one like https://acme.com.`,
    );
  }
  for (const url of urls) url.hash = '';
  const listed = bare ? urls.filter((url) => guard.listed(url)).toReversed() : [];
  if (listed.length > 0) return listed;
  for (const url of urls) guard.check(url);
  return urls;
}
