import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SLOWEST } from './slowest-first.ts';

test('what begins first is there', () => {
  expect(SLOWEST.filter((path) => !existsSync(path))).toEqual([]);
});
