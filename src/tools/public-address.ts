import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const { IPv4, IPv6 } = ipaddr;
const globalUnicast = IPv6.parseCIDR('2000::/3');
const wellKnownNat64 = IPv6.parseCIDR('64:ff9b::/96');

const embedded = (bytes: readonly number[], at: number) =>
  new IPv4(bytes.slice(at, at + 4)).range() === 'unicast';

/**
 * True for an address that belongs to the public internet. Forms of IPv6 that carry an IPv4 address (mapped, NAT64,
 * 6to4) are what the carried address is; whatever ipaddr.js has no word for is not public.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return IPv4.parse(address).range() === 'unicast';
  if (family !== 6) return false;
  const ip = IPv6.parse(address);
  const bytes = ip.toByteArray();
  switch (ip.range()) {
    case 'unicast':
      return ip.match(globalUnicast);
    case 'ipv4Mapped':
      return embedded(bytes, 12);
    case 'rfc6052':
      return ip.match(wellKnownNat64) && embedded(bytes, 12);
    case '6to4':
      return embedded(bytes, 2);
    default:
      return false;
  }
}
