import { describe, expect, test } from 'vitest';
import { isFirstOwner, parseFirstOwners } from '../../src/core/admins.ts';
import { isCrewsmithError } from '../../src/errors.ts';

describe('CREWSMITH_ADMINS (rule K9)', () => {
  test('names accounts of Slack, with and without their team, and of Discord', () => {
    expect(parseFirstOwners(' slack:U123, slack:T1:U2 ,discord:456,')).toEqual([
      { surface: 'slack', team: null, user: 'U123' },
      { surface: 'slack', team: 'T1', user: 'U2' },
      { surface: 'discord', team: null, user: '456' },
    ]);
  });

  test('set to nothing names nobody', () => {
    expect(parseFirstOwners('')).toEqual([]);
  });

  test.each(['bo', 'slack:', 'slack:bo', 'slack:T1:', 'discord:bo', 'web:1', 'slack:T1:U2:U3'])(
    'refuses "%s" and says which',
    (entry) => {
      expect(() => parseFirstOwners(`slack:U1,${entry}`)).toThrow(
        expect.toSatisfy(
          (error: unknown) =>
            isCrewsmithError(error, 'access.admins-invalid') && error.detail.entry === entry,
        ),
      );
    },
  );

  const owners = parseFirstOwners('slack:U1,slack:T2:U2,discord:3');

  test.each([
    ['slack', 'T1:U1', 1, true],
    ['slack', 'T1:U1', 2, false],
    ['slack', 'T2:U2', 2, true],
    ['slack', 'T1:U2', 1, false],
    ['slack', 'T1:U11', 1, false],
    ['discord', '3', 1, true],
    ['discord', '1:3', 1, false],
    ['web', '3', 1, false],
  ])('%s account %s, with %i team installed, is a first owner: %s', (surface, native, teams, is) => {
    expect(isFirstOwner(owners, { surface, native }, teams)).toBe(is);
  });
});
