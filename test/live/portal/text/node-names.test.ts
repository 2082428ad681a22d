import { expect, test } from 'vitest';
import { formatNodes } from '../../../../live/portal/src/text/node-names.ts';

test('a few nodes are named, and of many the first', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f'];
  expect(formatNodes([])).toBe('');
  expect(formatNodes(nodes.slice(0, 4))).toBe('a, b, c, d');
  expect(formatNodes(nodes.slice(0, 5))).toBe('a, b, c and 2 more');
  expect(formatNodes(nodes)).toBe('a, b, c and 3 more');
});
