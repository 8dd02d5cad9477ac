import { describe, expect, it } from 'vitest';
import { toldWith } from '../support/crew-text.ts';

describe('a mistake in the steps and files of a crew file', () => {
  it.each<[string, string, string, string[]]>([
    [
      'a circle',
      'Read {{ input.company }}.',
      'Read {{ steps.review.score }}.',
      ['c.yaml:14:5 these steps wait for each other: gather → review → brief → gather'],
    ],
    [
      'a step that waits for itself',
      '{{ steps.brief }}',
      '{{ steps.review.score }}',
      ['c.yaml:21:5 these steps wait for each other: review → review'],
    ],
    [
      'an unknown step in needs',
      'deliver: channel,',
      'deliver: channel, needs: [reviev],',
      ['c.yaml:23:42 unknown step "reviev"; did you mean "review"?'],
    ],
    [
      'needs of no kind',
      'deliver: channel,',
      'deliver: channel, needs: review,',
      ['c.yaml:23:41 "needs" must be a list of steps, or { all: [steps] }'],
    ],
    [
      'a gate that shows nothing',
      '{ shows: review.brief }',
      '{ requester: never }',
      ['c.yaml:22:22 "shows" is missing'],
    ],
    [
      'a gate that shows an unknown step',
      'shows: review.brief',
      'shows: revue.brief',
      ['c.yaml:22:31 unknown step "revue"; known here: gather, brief, review'],
    ],
    [
      'a gate that shows an unknown field',
      'shows: review.brief',
      'shows: review.breif',
      ['c.yaml:22:31 "review" has no field "breif"; did you mean "brief"?'],
    ],
    [
      'a gate that shows a part of a list',
      'shows: review.brief',
      'shows: review.brief.what.text',
      ['c.yaml:22:31 "review.brief.what" is a list; a gate shows all of it or none'],
    ],
    [
      'a gate that shows a gate',
      'shows: review.brief',
      'shows: approve',
      ['c.yaml:22:31 "approve" is a gate step; a gate shows what a prompt step wrote'],
    ],
    [
      'approvers of no kind',
      'shows: review.brief',
      'shows: review.brief, approvers: bosses',
      [
        'c.yaml:22:56 "approvers" must be one of: channel-approvers, anyone-in-channel, member, approver, admin, owner; or a list of accounts like [slack:U0123]',
      ],
    ],
    [
      'an unknown word for the requester',
      'shows: review.brief',
      'shows: review.brief, requester: no',
      ['c.yaml:22:56 "requester" must be one of: may, if-alone, never'],
    ],
    [
      'a duration without a unit',
      'shows: review.brief',
      'shows: review.brief, expires: 7',
      ['c.yaml:22:54 "expires" must be a duration from 5m to 90d, like 7d'],
    ],
    [
      'a duration of weeks',
      'shows: review.brief',
      'shows: review.brief, expires: 1w',
      ['c.yaml:22:54 "expires" must be a duration from 5m to 90d, like 7d'],
    ],
    [
      'a duration that is too long',
      'shows: review.brief',
      'shows: review.brief, expires: 91d',
      ['c.yaml:22:54 "expires" must be a duration from 5m to 90d, like 7d'],
    ],
    [
      'a call that may take too long',
      'turns: 4',
      'time: 16m',
      ['c.yaml:11:104 "time" must be a duration from 5s to 15m, like 3m'],
    ],
    ['no turns', 'turns: 4', 'turns: 0', ['c.yaml:11:105 "turns" must be a whole number from 1 to 20']],
    [
      'too much output',
      'output: 3000',
      'output: 1000000',
      ['c.yaml:12:77 "output" must be a whole number from 100 to 32000'],
    ],
    [
      'one turn with tools',
      'turns: 4',
      'turns: 1',
      [
        'c.yaml:14:5 "gather" has 1 turn, but its agent "analyst" has tools; the last turn is the answer, so it needs 2 or more',
      ],
    ],
    [
      'turns without tools',
      'output: 3000',
      'turns: 3',
      [
        'c.yaml:15:5 "brief" has 3 turns, but its agent "editor" has no tools; without tools one turn is all',
        'c.yaml:21:5 "review" has 3 turns, but its agent "editor" has no tools; without tools one turn is all',
      ],
    ],
    [
      'searches without the tool',
      'turns: 4',
      'searches: 2',
      ['c.yaml:14:5 "gather" may search, but its agent "analyst" does not have the tool web.search'],
    ],
    [
      'reading without the tool',
      'output: Brief\n',
      'output: Brief\n      read: "{{ input.company }}"\n',
      ['c.yaml:21:7 "read" needs the tool web.fetch; the agent "editor" does not have it'],
    ],
    ['a delivery without a gate', ', approved: approve', '', ['c.yaml:23:14 "approved" is missing']],
    [
      'a delivery of an unknown gate',
      'approved: approve',
      'approved: aprove',
      ['c.yaml:23:44 unknown gate "aprove"; did you mean "approve"?'],
    ],
    [
      'a delivery of what nobody decided',
      'approved: approve',
      'approved: brief',
      ['c.yaml:23:44 "brief" is a prompt step; "approved" names a gate, like approve'],
    ],
    [
      'a delivery to nowhere',
      'deliver: channel',
      'deliver: mail',
      ['c.yaml:23:25 "deliver" must be one of: channel'],
    ],
    [
      'instructions that are missing',
      'file:research/analyst.md',
      'file:research/analist.md',
      ['c.yaml:11:62 there is no file "research/analist.md" beside the crew file'],
    ],
    [
      'instructions outside the folder',
      'file:research/analyst.md',
      'file:../analyst.md',
      ['c.yaml:11:62 "file:../analyst.md" must name a .md or .txt file beside or below the crew file'],
    ],
    [
      'instructions outside, deeper in the path',
      'file:research/analyst.md',
      'file:research/../../x.md',
      ['c.yaml:11:62 "file:research/../../x.md" must name a .md or .txt file beside or below the crew file'],
    ],
    [
      'instructions by absolute path',
      'file:research/analyst.md',
      'file:/etc/hosts.txt',
      ['c.yaml:11:62 "file:/etc/hosts.txt" must name a .md or .txt file beside or below the crew file'],
    ],
    [
      'instructions in a hidden file',
      'file:research/analyst.md',
      'file:.env',
      ['c.yaml:11:62 "file:.env" must name a .md or .txt file beside or below the crew file'],
    ],
    [
      'instructions that are empty',
      'file:research/analyst.md',
      'file:empty.md',
      ['c.yaml:11:62 the file "empty.md" is empty'],
    ],
    [
      'a variable in instructions',
      'Check each claim.',
      '"Check {{ input.company }}."',
      ['c.yaml:12:47 instructions are plain text; {{ … }} works in prompts'],
    ],
    [
      'an alias of YAML',
      'summary: A sourced brief.',
      'summary: &s A sourced brief.\ntypo: *s',
      [
        'c.yaml:3:7 aliases (*name) are not used in crew files; write the value again',
        'c.yaml:3:1 unknown key "typo"; known here: name, summary, input, types, agents, steps',
      ].sort(),
    ],
    [
      'a tag of YAML',
      'summary: A',
      'summary: !secret A',
      ['c.yaml:2:18 tags (!secret) are not used in crew files'],
    ],
    [
      'a key of no kind',
      'summary:',
      '__proto__: 1\nsummary:',
      ['c.yaml:2:1 this cannot be a key; a key is a word'],
    ],
  ])('is told with its place: %s', (_, from, to, expected) => {
    expect(toldWith(from, to)).toEqual(expected);
  });
});
