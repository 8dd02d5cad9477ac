import { describe, expect, it } from 'vitest';
import { toldWith } from '../support/crew-text.ts';

describe('a mistake in the texts of a crew file', () => {
  it.each<[string, string, string, string[]]>([
    [
      'an unknown step in a text',
      'steps.gather.pages',
      'steps.gahter.pages',
      ['c.yaml:19:12 unknown step "gahter"; did you mean "gather"?'],
    ],
    [
      'an unknown input in a text',
      'Read {{ input.company }}',
      'Read {{ input.compny }}',
      ['c.yaml:14:77 unknown input "compny"; did you mean "company"?'],
    ],
    [
      'an unknown field in a text',
      'steps.gather.pages',
      'steps.gather.page',
      ['c.yaml:19:12 "steps.gather" has no field "page"; did you mean "pages"?'],
    ],
    [
      'a field of a list in a text',
      '{{ steps.brief }}',
      '{{ steps.brief.what.text }}',
      ['c.yaml:21:48 "steps.brief.what" is a list; "text" is of one of its items'],
    ],
    [
      'a field of a text in a text',
      '{{ steps.brief }}',
      '{{ steps.brief.open[0].why }}',
      ['c.yaml:21:48 "steps.brief.open[0]" is text; it has no field "why"'],
    ],
    [
      'an unknown field in a loop',
      '{{ steps.gather.pages | sources }}',
      '{% for p in steps.gather.pages %}{{ p.titel }}{% endfor %}',
      ['c.yaml:19:45 unknown variable "p.titel"'],
    ],
    [
      'a variable of no kind',
      '{{ steps.brief }}',
      '{{ brief }}',
      ['c.yaml:21:48 unknown variable "brief"; templates read input.NAME and steps.NAME'],
    ],
    [
      'all steps at once',
      '{{ steps.brief }}',
      '{{ steps }}',
      ['c.yaml:21:48 "steps" alone says nothing; name one, like steps.NAME'],
    ],
    [
      'a computed step',
      '{{ steps.brief }}',
      '{{ steps[input.focus] }}',
      ['c.yaml:21:48 "steps[…]" is computed; name it, like steps.NAME'],
    ],
    [
      'the output of a delivery',
      '{{ steps.brief }}',
      '{{ steps.publish }}',
      ['c.yaml:21:48 "publish" is a delivery; it has no output'],
    ],
    [
      'an unclosed variable',
      '{{ steps.brief }}"',
      '{{ steps.brief"',
      ['c.yaml:21:45 not valid Liquid: output "{{ steps.brief" not closed'],
    ],
    [
      'an unknown filter',
      '| sources',
      '| sorces',
      ['c.yaml:19:33 unknown filter "sorces"; did you mean "sources"?'],
    ],
    [
      'a tag that reads files',
      '{{ steps.brief }}',
      "{% include 'x' %}",
      [
        'c.yaml:21:45 unknown tag "include"; tags here: assign, capture, case, comment, if, unless, for, break, continue, echo, raw',
      ],
    ],
    [
      'sources of what has no addresses',
      '{{ steps.gather.pages | sources }}',
      '{{ steps.gather.pages[0].facts | sources }}',
      ['c.yaml:19:9 the filter "sources" needs a list of objects with a url'],
    ],
    [
      'a condition that cannot be read',
      'deliver: channel,',
      'deliver: channel, when: steps.review.score => 5,',
      ['c.yaml:23:60 not valid Liquid: expected "|" before filter'],
    ],
    [
      'a condition in braces',
      'deliver: channel,',
      'deliver: channel, when: "{{ steps.review.score }}",',
      ['c.yaml:23:40 a condition is written without braces'],
    ],
    [
      'a condition on an unknown field',
      'deliver: channel,',
      'deliver: channel, when: steps.review.scor > 5,',
      ['c.yaml:23:40 "steps.review" has no field "scor"; did you mean "score"?'],
    ],
  ])('is told with its place: %s', (_, from, to, expected) => {
    expect(toldWith(from, to)).toEqual(expected);
  });
});
