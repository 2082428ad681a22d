import { expect, test } from 'vitest';
import { expandVariables } from '../../written/variables.ts';

const written = (name: string) => `$${`{${name}}`}`;

test('each variable is replaced, and what only looks like one is left', () => {
  const text = `${written('A')}/x/${written('B_2')}/$A/${written('2C')}`;
  expect(expandVariables(text, { A: 'a', B_2: `${written('A')}` }, {})).toBe(
    `a/x/${written('A')}/$A/${written('2C')}`,
  );
});

test('one that is not set, or empty, is named with its place and what to do', () => {
  const place = { file: 'day.yaml', line: 3 };
  expect(() => expandVariables(written('LOGS'), {}, place)).toThrow(
    'day.yaml:3: the environment variable LOGS is not set',
  );
  expect(() => expandVariables(written('LOGS'), { LOGS: '' }, place, (name) => `set ${name}`)).toThrow(
    /LOGS is not set; set LOGS$/,
  );
});
