import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimCodeBytes, claimCodeOf, readClaimCode } from '../../src/core/claim-code.ts';
import { channelWord, peopleMeant } from '../../src/core/person-words.ts';

const somebody = (memberId: string, name: string, ...accounts: (readonly [string, string, string])[]) => ({
  memberId,
  name,
  accounts: accounts.map(([surface, native, called]) => ({
    surface,
    native,
    name: called,
    standing: 'member' as const,
  })),
});

const people = [
  somebody('member_ana', 'Ana', ['slack', 'T1:UANA', 'ana.k']),
  somebody('member_bo', 'Bo Li', ['slack', 'T1:UBO', 'bo'], ['discord', '456', 'bo#1']),
  somebody('member_bo2', 'Bo', ['slack', 'T1:UB2', 'bo two']),
  somebody('member_7_x', 'Dee', ['web', 'member:member_7_x', 'Dee']),
  somebody('member_8_x', 'Fay', ['web', 'pretend:fay', 'Fay (pretend)']),
];

describe('who is meant', () => {
  test.each([
    ['<@UANA>', 'slack', ['member_ana']],
    ['<@UANA|ana>', 'slack', ['member_ana']],
    ['<@T1:UANA>', 'slack', []],
    ['<@456>', 'discord', ['member_bo']],
    ['<@!456>', 'discord', ['member_bo']],
    ['<@456>', 'slack', []],
    ['<@member:member_7_x>', 'web', ['member_7_x']],
    ['<@pretend:fay>', 'web', ['member_8_x']],
    ['slack:UBO', 'terminal', ['member_bo']],
    ['slack:T1:UBO', 'terminal', ['member_bo']],
    ['slack:T2:UBO', 'terminal', []],
    ['discord:456', 'slack', ['member_bo']],
    ['member_ana', 'web', ['member_ana']],
    ['@ana', 'web', ['member_ana']],
    ['ANA', 'web', ['member_ana']],
    ['@ana.k', 'web', ['member_ana']],
    ['bo li', 'web', ['member_bo']],
    ['@bo', 'web', ['member_bo', 'member_bo2']],
    ['@b', 'web', []],
    ['@', 'web', []],
    ['', 'web', []],
  ])('by "%s", typed on %s: %j', (words, surface, meant) => {
    expect(peopleMeant(people, words, surface).map((p) => p.memberId)).toEqual(meant);
  });
});

test.each([
  ['#Sales', { by: 'name', word: 'sales' }],
  ['<#C1|sales>', { by: 'native', word: 'C1' }],
  ['<#123>', { by: 'native', word: '123' }],
  ['channel:channel_7', { by: 'id', word: 'channel_7' }],
  ['here', { by: 'here', word: 'here' }],
  ['sales', null],
  ['#', null],
])('"%s" names a channel as %j', (text, word) => {
  expect(channelWord(text)).toEqual(word);
});

describe('the code of the first owner', () => {
  test('is read back however it is typed', () => {
    const bytes = fc.uint8Array({ minLength: claimCodeBytes, maxLength: claimCodeBytes });
    fc.assert(
      fc.property(bytes, (some) => {
        const code = claimCodeOf(some);
        expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
        const typed = [code, code.toLowerCase(), code.replace('-', ''), ` ${code.replace('-', ' ')} `];
        const mistaken = code.replaceAll('0', 'o').replaceAll('1', 'l');
        for (const way of [...typed, mistaken]) expect(readClaimCode(way)).toBe(code);
      }),
    );
  });

  test('is another for other bytes', () => {
    const bytes = fc.uint8Array({ minLength: claimCodeBytes, maxLength: claimCodeBytes });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        fc.pre(a.some((byte, i) => byte !== b[i]));
        expect(claimCodeOf(a)).not.toBe(claimCodeOf(b));
      }),
    );
  });
});
