import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../src/tools/public-address.ts';

// Written down anew from the IANA registries of special-purpose addresses, not taken from the library under test.
const closed4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((range) => {
  const [base = '', bits = ''] = range.split('/');
  return { range, base: numberOf(base), size: 2 ** (32 - Number(bits)) };
});

function numberOf(address: string): number {
  return address.split('.').reduce((n, octet) => n * 256 + Number(octet), 0);
}

const dotted = (n: number) =>
  [n / 2 ** 24, n / 2 ** 16, n / 2 ** 8, n].map((x) => Math.floor(x) % 256).join('.');
const groups = (n: number) => `${Math.floor(n / 65536).toString(16)}:${(n % 65536).toString(16)}`;

/** Every form of IPv6 that carries the IPv4 address. */
const carried = (n: number) => [
  `::ffff:${dotted(n)}`,
  `::ffff:${groups(n)}`,
  `64:ff9b::${groups(n)}`,
  `2002:${groups(n)}::1`,
];

const inClosed = fc
  .constantFrom(...closed4)
  .chain(({ base, size }) => fc.integer({ min: 0, max: size - 1 }).map((offset) => base + offset));
const anywhere4 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const group = fc.integer({ min: 0, max: 0xffff });

describe('isPublicAddress', () => {
  test('refuses every address of every closed IPv4 range, and each IPv6 form that carries it', () => {
    fc.assert(
      fc.property(inClosed, (n) => {
        expect([dotted(n), ...carried(n)].filter(isPublicAddress)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('refuses the first and the last address of each closed IPv4 range', () => {
    for (const { range, base, size } of closed4) {
      expect([dotted(base), dotted(base + size - 1)].filter(isPublicAddress), range).toEqual([]);
    }
  });

  test('says the same of an IPv4 address and of the IPv6 forms that carry it', () => {
    fc.assert(
      fc.property(anywhere4, (n) => {
        const plain = isPublicAddress(dotted(n));
        expect(carried(n).map(isPublicAddress)).toEqual(carried(n).map(() => plain));
      }),
      { numRuns: 500 },
    );
  });

  test('refuses every IPv6 address outside of 2000::/3, except forms that carry a public IPv4 address', () => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (parts) => {
        const [first = 0] = parts;
        fc.pre(first < 0x2000 || first > 0x3fff);
        fc.pre(first !== 0 && first !== 0x64);
        expect(isPublicAddress(parts.map((part) => part.toString(16)).join(':'))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['the unspecified address', '::'],
    ['loopback', '::1'],
    ['an IPv4-compatible address', '::7f00:1'],
    ['link-local', 'fe80::1'],
    ['link-local with its zone', 'fe80::1%eth0'],
    ['site-local, deprecated', 'fec0::1'],
    ['unique-local', 'fd12:3456::1'],
    ['the metadata address of a cloud', 'fd00:ec2::254'],
    ['multicast', 'ff02::1'],
    ['discard-only', '100::1'],
    ['local NAT64', '64:ff9b:1::808:808'],
    ['translated IPv4', '::ffff:0:808:808'],
    ['Teredo', '2001:0:4136:e378::1'],
    ['documentation', '2001:db8::1'],
    ['newer documentation', '3fff::1'],
    ['no address at all', 'localhost'],
    ['a short form of IPv4', '127.1'],
    ['nothing', ''],
  ])('refuses %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    '8.8.8.8',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.0',
    '2606:4700::1111',
    '64:ff9b::808:808',
  ])('lets %s through', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});
