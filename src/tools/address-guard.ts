import { isIP, type LookupFunction } from 'node:net';
import type { Agent } from 'undici';
import { CrewsmithError } from '../errors.ts';
import { FetchFailure, shown } from './fetch-failure.ts';
import { isPublicAddress } from './public-address.ts';

/** Every address of a host name; throws when there is none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** The one door outward: whatever tools fetch leaves through an agent of this guard. */
export interface AddressGuard {
  /** True when the operator named exactly this host and port. */
  listed(url: URL): boolean;
  /** Throws FetchFailure for an address that must not be asked, as far as that shows before its name is resolved. */
  check(url: URL): void;
  /**
   * Connects to nothing but addresses that were checked for that very connection, so a name that changes its mind
   * between check and connect gains nothing. The caller destroys it.
   */
  openAgent(connectMs: number): Promise<Agent>;
}

const system: Lookup = async (host) => {
  // Its own import takes as long as those of the rest of this folder.
  const { lookup } = await import('node:dns/promises');
  return (await lookup(host, { all: true })).map((a) => a.address);
};

const bare = (hostname: string) => (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
const keyOf = (hostname: string, port: string, protocol: string) =>
  `${bare(hostname)} ${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;

/** Throws CrewsmithError `fetch.allow-invalid`. */
function allowKey(entry: string): string {
  const text = entry.trim();
  const parts = /^(?<host>\[[^\]/@]+\]|[^:/?#@[\]\s]+):(?<port>\d{1,5})$/.exec(text)?.groups;
  const url = parts === undefined ? null : URL.parse(`http://${text}`);
  if (url === null || parts === undefined)
    throw new CrewsmithError('fetch.allow-invalid', { entry: shown(text) });
  return keyOf(url.hostname, url.port, url.protocol);
}

const refused = (host: string, why: string) =>
  new FetchFailure(
    'refused-address',
    `${shown(host)} was not read because ${why}; ask for a public web page instead.`,
  );

/**
 * `allow` lists the private places that may be reached, as `host:port`, each exactly: another port, or another name
 * of the same machine, stays refused. Throws CrewsmithError `fetch.allow-invalid` for an entry that is not of that form.
 */
export function createAddressGuard(options: { allow: readonly string[]; lookup?: Lookup }): AddressGuard {
  const allowed = new Set(options.allow.map(allowKey));
  const lookup = options.lookup ?? system;

  async function checkedAddresses(
    hostname: string,
    port: string,
    protocol: string,
  ): Promise<readonly string[]> {
    const host = bare(hostname);
    const addresses = isIP(host) === 0 ? await lookup(host) : [host];
    if (addresses.length === 0) throw new FetchFailure('unknown-host', unknownHost(host));
    const free = allowed.has(keyOf(hostname, port, protocol));
    // One private answer refuses the name: a mixed answer is how a rebinding name looks.
    if (!free && !addresses.every(isPublicAddress)) {
      throw refused(host, 'it leads to a private or reserved address');
    }
    return addresses;
  }

  const listed = (url: URL) => allowed.has(keyOf(url.hostname, url.port, url.protocol));

  return {
    listed,

    check(url) {
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw new FetchFailure(
          'bad-address',
          `${shown(url.href)} is not a web address; give one with http or https.`,
        );
      }
      if (url.username !== '' || url.password !== '') {
        throw new FetchFailure(
          'bad-address',
          `The address on ${shown(url.host)} carries a user name or password; give it without.`,
        );
      }
      const host = bare(url.hostname);
      if (isIP(host) !== 0 && !listed(url) && !isPublicAddress(host)) {
        throw refused(url.host, 'it is a private or reserved address');
      }
    },

    async openAgent(connectMs) {
      const { Agent, buildConnector } = await import('undici');
      return new Agent({
        connections: 1,
        connect(target, callback) {
          checkedAddresses(target.hostname, target.port, target.protocol).then(
            (addresses) =>
              buildConnector({ timeout: connectMs, allowH2: false, lookup: fixed(addresses) })(
                target,
                callback,
              ),
            (error: Error) => callback(error, null),
          );
        },
      });
    },
  };
}

export const unknownHost = (host: string) =>
  `There is no host called ${shown(host)}; check the spelling of the address.`;

/** A look-up that answers with what was checked and asks nobody. */
function fixed(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const fitting = all.filter(
      (a) => !options.family || options.family === a.family || `IPv${a.family}` === options.family,
    );
    const [first] = fitting;
    if (first === undefined) return callback(new Error('no checked address of that family'), '');
    return options.all === true ? callback(null, fitting) : callback(null, first.address, first.family);
  };
}
