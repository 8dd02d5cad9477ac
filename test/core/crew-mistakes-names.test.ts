import { describe, expect, it } from 'vitest';
import { toldWith } from '../support/crew-text.ts';

describe('a mistake in the keys, kinds and names of a crew file', () => {
  it.each<[string, string, string, string[]]>([
    [
      'an unknown key of the crew',
      'summary:',
      'sumary:',
      ['c.yaml:1:1 "summary" is missing', 'c.yaml:2:1 unknown key "sumary"; did you mean "summary"?'],
    ],
    [
      'an unknown key of an agent',
      'model: fast',
      'modle: fast',
      ['c.yaml:12:11 "model" is missing', 'c.yaml:12:13 unknown key "modle"; did you mean "model"?'],
    ],
    [
      'an unknown key of limits',
      'turns: 4',
      'turns: 4, tokens: 9',
      ['c.yaml:11:108 unknown key "tokens"; known here: turns, input, output, searches, time'],
    ],
    [
      'an unknown key of a prompt step',
      '      output: Brief\n',
      '      ouptut: Brief\n',
      ['c.yaml:20:7 unknown key "ouptut"; did you mean "output"?'],
    ],
    [
      'an unknown key of a gate',
      'shows: review.brief',
      'shows: review.brief, approver: admin',
      ['c.yaml:22:45 unknown key "approver"; did you mean "approvers"?'],
    ],
    [
      'an unknown key of a delivery',
      'deliver: channel,',
      'deliver: channel, to: here,',
      ['c.yaml:23:34 unknown key "to"; known here: deliver, approved, needs, when'],
    ],
    [
      'an unknown key of an input',
      'label: Company',
      'lable: Company',
      ['c.yaml:4:29 unknown key "lable"; did you mean "label"?'],
    ],
    [
      'a text where a list belongs',
      'tools: [web.fetch]',
      'tools: web.fetch',
      ['c.yaml:11:35 "tools" must be a list of tools'],
    ],
    ['a number where a text belongs', 'A sourced brief.', '12', ['c.yaml:2:10 "summary" must be text']],
    [
      'a list where a map belongs',
      '  company: { type: website, label: Company, example: acme.com }',
      '  company: [website]',
      ['c.yaml:4:12 "company" must be a map with a type'],
    ],
    [
      'a step that is no map',
      '- publish: { deliver: channel, approved: approve }',
      '- publish',
      ['c.yaml:23:5 item 5 of "steps" must be a map of one step, like "- brief: { … }"'],
    ],
    [
      'two steps in one item',
      '  - review:',
      '    review:',
      [
        'c.yaml:21:5 one step an item: begin "review" with a dash of its own',
        'c.yaml:22:31 unknown step "review"; known here: gather',
      ],
    ],
    [
      'the same key twice',
      'summary: A sourced brief.',
      'name: again\nsummary: A',
      ['c.yaml:2:1 the key "name" stands here twice'],
    ],
    [
      'two steps of one name',
      '- brief:',
      '- gather:',
      [
        'c.yaml:15:5 there are two steps called "gather"',
        'c.yaml:21:48 unknown step "brief"; known here: gather, review, publish, approve',
      ],
    ],
    [
      'a reserved name',
      'name: research',
      'name: budget',
      ['c.yaml:1:7 "budget" is a word of the command itself; give the crew another name'],
    ],
    [
      'a name with capital letters',
      'name: research',
      'name: Research',
      [
        'c.yaml:1:7 "name" must be made of lower-case letters, digits and dashes, 1 to 32 characters, beginning with a letter',
      ],
    ],
    [
      'a name that is too long',
      'name: research',
      `name: ${'r'.repeat(33)}`,
      [
        'c.yaml:1:7 "name" must be made of lower-case letters, digits and dashes, 1 to 32 characters, beginning with a letter',
      ],
    ],
    [
      'a bad name of a step',
      '- gather:',
      '- Gather_1:',
      [
        'c.yaml:14:5 "Gather_1" cannot be the name of a step; use lower-case letters, digits and dashes, 1 to 32 characters, beginning with a letter',
        'c.yaml:19:12 unknown step "gather"; did you mean "Gather_1"?',
      ],
    ],
    [
      'an input named like a flag',
      'focus:',
      'max:',
      ['c.yaml:5:3 "max" is a flag of every crew; give the input another name'],
    ],
    [
      'a choice without choices',
      'type: text, required: false',
      'type: choice',
      ['c.yaml:5:3 the choice "focus" needs "choices"'],
    ],
    [
      'choices without a choice',
      'type: text, required: false',
      'type: text, choices: [a, b]',
      ['c.yaml:5:24 "choices" goes with the type choice; "focus" is text'],
    ],
    [
      'an unknown type of input',
      'type: website',
      'type: company',
      [
        'c.yaml:4:20 "type" must be one of: website, text, number, integer, boolean, date, url, choice, user, channel, file',
      ],
    ],
    [
      'an unknown agent',
      'agent: editor\n',
      'agent: edtior\n',
      ['c.yaml:16:14 unknown agent "edtior"; did you mean "editor"?'],
    ],
    [
      'an unknown tool',
      'tools: [web.fetch]',
      'tools: [web.fech]',
      ['c.yaml:11:36 unknown tool "web.fech"; did you mean "web.fetch"?'],
    ],
    [
      'an unknown type',
      'what: [Claim]',
      'what: [Clam]',
      ['c.yaml:9:19 unknown type "Clam"; did you mean "Claim"?'],
    ],
    ['a type of no kind', 'output: Brief\n', 'output: 5\n', ['c.yaml:20:15 5 is not a type']],
    [
      'an optional output',
      'output: Brief\n',
      'output: Brief?\n',
      ['c.yaml:20:15 an output cannot be optional'],
    ],
    [
      'a type that contains itself',
      'sources: [integer]',
      'sources: [Brief]',
      ['c.yaml:8:10 type "Claim" contains itself: Claim → Brief → Claim'],
    ],
    [
      'a model instead of an alias',
      'model: fast',
      'model: gpt-6-luna',
      [
        'c.yaml:12:20 "gpt-6-luna" is not a model alias; crews name smart or fast, and each workspace says which models they are',
      ],
    ],
  ])('is told with its place: %s', (_, from, to, expected) => {
    expect(toldWith(from, to)).toEqual(expected);
  });
});
