// YAML that we write says the same to tools of YAML 1.1 and of YAML 1.2.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { yamlText } from '../../written/yaml-text.ts';

const TRAPS = [
  ...['no', 'NO', 'yes', 'on', 'Off', 'y', 'N', 'true', 'null', '~', '', '=', '<<'],
  ...[
    '1:30',
    '190:20:30.15',
    '0x1F',
    '010',
    '0o17',
    '0b11',
    '1_000',
    '1,000',
    '1e3',
    '1.5',
    '.inf',
    '-.Inf',
    '.NaN',
    '+12',
  ],
  ...[
    '2009-08-17',
    '2009-08-17T10:00:00Z',
    '2009-8-7 10:00:00',
    ' blank ',
    '- a',
    'a: b',
    '#',
    '%',
    '@',
    'two\nlines\n',
  ],
];

test('what YAML 1.1 would not take for a text is quoted, also as a key', () => {
  expect(
    yamlText({
      no: 'yes',
      at: '1:30',
      from: '0o17',
      held: '10m',
      big: 1e21,
      small: 1e-7,
      is: true,
      many: 12,
    }),
  ).toBe(
    `"no": "yes"
at: "1:30"
from: "0o17"
held: 10m
big: 1.0e+21
small: 1.0e-7
is: true
many: 12
`,
  );
});

const scalar = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string(),
  fc.stringMatching(/^[-+]?[\d_.,:xobe]{1,8}$/),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.integer(),
  fc.boolean(),
);
const key = fc.oneof(fc.constantFrom(...TRAPS), fc.string()).filter((text) => text !== '__proto__');
const data = fc.dictionary(key, fc.oneof(scalar, fc.array(scalar), fc.dictionary(key, scalar)));

test('both versions of YAML read back what was written', () => {
  fc.assert(
    fc.property(data, (value) => {
      const text = yamlText(value);
      const plain = { ...value };
      expect(parse(text)).toEqual(plain);
      // Keys that YAML 1.1 has for merging are quoted, too.
      expect(parse(text, { version: '1.1' })).toEqual(plain);
    }),
  );
});
