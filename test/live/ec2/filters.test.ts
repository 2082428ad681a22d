import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filtered } from '../../../live/ec2/filters.ts';
import { Parameters } from '../../../live/ec2/parameters.ts';
import { runs } from '../../support/fast-check.ts';

function matching(items: readonly string[], ...values: string[]): string[] {
  const pairs = values.map((value, i): [string, string] => [`Filter.1.Value.${i + 1}`, value]);
  const parameters = Parameters.of([['Filter.1.Name', 'name'], ...pairs]);
  return filtered(items, parameters, { name: (item) => item });
}

const NAMES = ['web', 'web1', 'web12', 'w*b', 'w?b', 'a\\b', 'a.b', 'acb', 'x\ny'];

test.each([
  ['web', ['web']],
  ['web?', ['web1']],
  ['web*', ['web', 'web1', 'web12']],
  ['w*b', ['web', 'w*b', 'w?b']],
  ['w\\*b', ['w*b']],
  ['w\\?b', ['w?b']],
  ['a\\\\b', ['a\\b']],
  ['a\\b', ['a\\b']],
  ['a.b', ['a.b']],
  ['x?y', ['x\ny']],
])('a filter for %j finds what it says', (value, found) => {
  expect(matching(NAMES, value)).toEqual(found);
});

test('one of several values is enough', () => {
  expect(matching(NAMES, 'acb', 'web')).toEqual(['web', 'acb']);
});

/** The rule, letter by letter. */
function matches(pattern: string, text: string): boolean {
  const [sign = '', next = ''] = pattern;
  if (pattern === '') return text === '';
  if (sign === '*')
    return Array.from({ length: text.length + 1 }, (_, i) => i).some((i) =>
      matches(pattern.slice(1), text.slice(i)),
    );
  if (sign === '?') return text !== '' && matches(pattern.slice(1), text.slice(1));
  const isMeant = sign === '\\' && '*?\\'.includes(next) && next !== '';
  const letter = isMeant ? next : sign;
  return text.startsWith(letter) && matches(pattern.slice(isMeant ? 2 : 1), text.slice(1));
}

test('filters match as they do letter by letter', () => {
  const text = (signs: string) =>
    fc.array(fc.constantFrom(...signs), { maxLength: 6 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text('ab*?\\.[^$'), text('ab*?\\.[^$'), (pattern, name) => {
      expect(matching([name], pattern)).toEqual(matches(pattern, name) ? [name] : []);
    }),
    { numRuns: runs(3000) },
  );
});
