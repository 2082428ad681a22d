// What can be wrong with a text: bytes, values, lines. Every choice is drawn from the stream that is handed in.
import type { Rng } from '../../engine/index.ts';

/** Values that somebody has written somewhere, mostly where they make no sense. */
export const ODD_VALUES = [
  ...[
    '',
    ' ',
    '0',
    '-0',
    '-1',
    '1',
    '1.5',
    '0.0001',
    '1e3',
    '1e15',
    '1e20',
    '1e308',
    '1e999',
    '-1e15',
    '0x10',
  ],
  ...[
    '99999999999999',
    '9007199254740993',
    '2147483648',
    '4294967296',
    '100000000',
    '1000001',
    '315360000000',
  ],
  ...['NaN', 'Infinity', 'null', 'true', 'no', '~', '[]', '{}', '[1, 2]', '{a: 1}', '*a', '&a 1', '!!int 3'],
  ...['2009-02-30', '2009-08-17T24:00:00Z', '2009-08-17T10:00:00', '2009-08-17T10:00:00+15:00', '9999-12-31'],
  ...[
    '0000-01-01',
    '0000-01-01T00:00:00Z',
    '01:00:00',
    'PT1H',
    'P1M',
    '1h',
    '1h 30m',
    '0s',
    '1ms',
    '10000000w',
    'unlimited',
  ],
  ...[
    'SMALL',
    'SMAL',
    'advance',
    'deadline',
    '__proto__',
    'constructor',
    'toString',
    '"',
    '""',
    "'",
    '"a',
    'a"b',
  ],
  ...[
    'a,b',
    'a;b',
    'a|b',
    'a\tb',
    '\u0000',
    '\uFEFF',
    '\uD800',
    'é',
    '日本',
    '${HOME}',
    '${NO_SUCH}',
    '../x',
    '/',
    'x'.repeat(3000),
  ],
] as const;

const LINE_ENDS = ['\n', '\r\n', '\r', '\n\n', '\r\r\n', '\u2028'] as const;

/** The text with some damage of one kind. */
export function damaged(text: string, rng: Rng): string {
  const lines = text.split('\n');
  const at = rng.integer(0, lines.length - 1);
  const line = lines[at]!;
  switch (rng.integer(0, 9)) {
    case 0:
      return text.slice(0, rng.integer(0, text.length));
    case 1:
      return lines.map((each) => each + rng.pick(LINE_ENDS)).join('');
    case 2:
      return lines.toSpliced(at, 1).join('\n');
    case 3:
      return lines.toSpliced(at, 0, rng.pick(lines)).join('\n');
    case 4: {
      const spot = rng.integer(0, text.length);
      return text.slice(0, spot) + rng.pick(ODD_VALUES) + text.slice(spot + rng.integer(0, 5));
    }
    case 5: {
      const spot = rng.integer(0, text.length);
      return text.slice(0, spot) + String.fromCharCode(rng.integer(0, 255)) + text.slice(spot + 1);
    }
    default:
      // Most damage is one value that is another.
      return lines.with(at, withOddValue(line, rng)).join('\n');
  }
}

function withOddValue(line: string, rng: Rng): string {
  const values = [...line.matchAll(/[^\s,:;{}[\]"=<>/]+/g)];
  if (values.length === 0) return line + rng.pick(ODD_VALUES);
  const { 0: value, index } = rng.pick(values);
  return line.slice(0, index) + rng.pick(ODD_VALUES) + line.slice(index + value.length);
}
