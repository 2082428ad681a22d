import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { complete, findProblems, formatFound, formatPath } from '../../written/written-value.ts';

const Schema = Type.Object({
  rate: Type.Number({ minimum: 0, maximum: 1, default: 0.5 }),
  group: Type.Object(
    { size: Type.Integer({ minimum: 1, default: 3 }), note: Type.Optional(Type.String()) },
    { default: {} },
  ),
  color: Type.Enum(['red', 'green'], { default: 'red' }),
  list: Type.Array(Type.Object({ n: Type.Integer(), on: Type.Boolean({ default: true }) }), { default: [] }),
  named: Type.Record(Type.String(), Type.Object({ n: Type.Integer({ default: 7 }) }), { default: {} }),
  choice: Type.Union(
    [
      Type.String(),
      Type.Object({ name: Type.String(), options: Type.Object({}, { default: {} }) }),
      Type.Object({ file: Type.String(), options: Type.Object({}, { default: {} }) }),
    ],
    { default: 'a' },
  ),
});

const problems = (value: unknown) =>
  findProblems(Schema, complete(Schema, value)).map(({ path, message }) => `${formatPath(path)}: ${message}`);

describe('completing', () => {
  test('fills in defaults at every depth, in the order of the schema', () => {
    expect(
      JSON.stringify(complete(Schema, { choice: { name: 'x' }, named: { a: {} }, list: [{ n: 1 }] })),
    ).toBe(
      JSON.stringify({
        rate: 0.5,
        group: { size: 3 },
        color: 'red',
        list: [{ n: 1, on: true }],
        named: { a: { n: 7 } },
        choice: { name: 'x', options: {} },
      }),
    );
  });

  test('takes an empty entry for an absent one', () => {
    expect(complete(Schema, { rate: null, group: null })).toEqual(complete(Schema, {}));
  });

  test('keeps what it does not know, and changes nothing the second time', () => {
    const once = complete(Schema, { colour: 'red', constructor: 1, list: 'none', rate: 'x' });
    expect(once).toMatchObject({ colour: 'red', constructor: 1, list: 'none', rate: 'x' });
    expect(complete(Schema, once)).toEqual(once);
  });

  test('does not touch what it is given', () => {
    const written = Object.freeze({ group: Object.freeze({}) });
    expect(complete(Schema, written)).toMatchObject({ group: { size: 3 } });
  });
});

describe('problems', () => {
  test('there are none in a value that matches', () => {
    expect(problems({ rate: 1, color: 'green', list: [{ n: 2, on: false }], choice: 'b' })).toEqual([]);
  });

  test('each says where, what was expected, and what was found', () => {
    expect(
      problems({
        rate: 1.5,
        group: { size: 'big', nte: 'x' },
        color: 'gren',
        list: [{}, { n: 1, on: 'yes' }, 5],
        named: { a: { n: 1.5 } },
        choice: 3,
        colour: 'red',
      }),
    ).toMatchInlineSnapshot(`
      [
        "colour: "colour" is not known here (did you mean "color"?)",
        "rate: expected a number from 0 to 1, found 1.5",
        "group.nte: "nte" is not known here (did you mean "note"?)",
        "group.size: expected a whole number of at least 1, found "big"",
        "color: "gren" is not known here (did you mean "green"?)",
        "list[0].n: is missing; expected a whole number",
        "list[1].on: expected true or false, found "yes"",
        "list[2]: expected a group of settings (n, on), found 5",
        "named.a.n: expected a whole number, found 1.5",
        "choice: expected a text, or a group of settings (name, options), or a group of settings (file, options), found 3",
      ]
    `);
  });

  test('a group that may have several forms is judged by the form that was meant', () => {
    expect(problems({ choice: { name: 1 } })).toEqual(['choice.name: expected a text, found 1']);
    expect(problems({ choice: { fle: './x.ts', options: {} } })).toEqual([
      'choice.fle: "fle" is not known here (did you mean "file"?)',
    ]);
  });

  test('a mistyped key is not reported as missing too', () => {
    const Point = Type.Object({ width: Type.Number(), height: Type.Number() });
    expect(findProblems(Point, { widht: 1 }).map(({ path, atKey }) => [...path, atKey ?? false])).toEqual([
      ['widht', true],
      ['height', false],
    ]);
  });

  test('forms that are told apart by a fixed entry are found by it', () => {
    const Shape = Type.Union([
      Type.Object({ kind: Type.Literal('circle'), radius: Type.Number() }),
      Type.Object({ kind: Type.Literal('square'), side: Type.Number() }),
    ]);
    const found = (value: unknown) => findProblems(Shape, value).map(({ message }) => message);
    expect(found({ kind: 'square', radius: 2 })).toEqual([
      '"radius" is not known here (known: kind, side)',
      'is missing; expected a number',
    ]);
    expect(found({ kind: 'sqare', side: 2 })).toEqual(['"sqare" is not known here (did you mean "square"?)']);
    expect(found({ side: 2 })).toEqual(['expected one of circle, square, found nothing']);
  });

  test('of a word of two letters nobody guesses what was meant', () => {
    const Unit = Type.Enum(['B', 'KiB', 'MiB']);
    const found = (value: unknown) => findProblems(Unit, value).map(({ message }) => message);
    expect(found('kB')).toEqual(['"kB" is not known here (known: B, KiB, MiB)']);
    expect(found('b')).toEqual(['"b" is not known here (did you mean "B"?)']);
  });

  test('a refinement speaks for itself', () => {
    const Even = Type.Refine(
      Type.Integer(),
      (n) => n % 2 === 0,
      () => 'is odd',
    );
    expect(findProblems(Even, 3)).toEqual([{ path: [], message: '3 is odd' }]);
  });
});

test('found values are short', () => {
  expect(['x'.repeat(100), [], [1], {}, null, true].map(formatFound)).toEqual([
    `"${'x'.repeat(56)}...`,
    'an empty list',
    'a list',
    'a group of settings',
    'nothing',
    'true',
  ]);
});
