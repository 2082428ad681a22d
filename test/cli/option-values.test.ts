// Options that are given twice, without a value or with one of another kind, of every command: bad input, told with the option.
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder } from '../support/command-line.ts';

const MISTAKES: readonly (readonly string[])[] = [
  ['run', 'day.yaml', '--out', 'a', '--out', 'b'],
  ['run', 'day.yaml', '--seed=1', '--seed=1'],
  ['run', 'day.yaml', '--speed', '3', '--speed', '4'],
  ['run', 'day.yaml', '--out'],
  ['run', 'day.yaml', '--seed', ''],
  ['run', 'day.yaml', '--set'],
  ['convert', 'a.csv', '-', '--from', 'csv', '--from', 'swf'],
  ['generate', 'campus-month', '-', '--count', '1', '--count', '2'],
  ['live', '--port', '1', '--port', '2'],
  ['live', '--db'],
  ['replay', 'x', '--out', 'a', '--out', 'b'],
  ['what-if', '--add', 'x'],
  ['account', 'create', 'x', 'alice', '--credits=many'],
  ['replay', 'x', '--runs', '3'],
  ['replay', 'x', '--calibrated', 'y', '--runs', '1e9'],
];

test('an option that takes one value is given once, with a value of its kind', () => {
  const cwd = temporaryFolder();
  const ends = openpexInTurn(MISTAKES.map((args) => ({ args, cwd })));
  const said = ends.map(
    ({ code, stderr }, index) => `${MISTAKES[index]!.join(' ')}\n  ${code} ${stderr.trim()}`,
  );
  expect(said.join('\n')).toMatchInlineSnapshot(`
    "run day.yaml --out a --out b
      2 openpex: --out: is given more than once ("a", "b"); expected one value [PEX_USAGE]
    run day.yaml --seed=1 --seed=1
      2 openpex: --seed: is given more than once ("1", "1"); expected one value [PEX_USAGE]
    run day.yaml --speed 3 --speed 4
      2 openpex: --speed: is given more than once (3, 4); expected one value [PEX_USAGE]
    run day.yaml --out
      2 openpex: --out: is given without a value [PEX_USAGE]
    run day.yaml --seed 
      2 openpex: --seed: is given without a value [PEX_USAGE]
    run day.yaml --set
      2 openpex: Not enough arguments following: set (see --help) [PEX_USAGE]
    convert a.csv - --from csv --from swf
      2 openpex: --from: is given more than once ("csv", "swf"); expected one value [PEX_USAGE]
    generate campus-month - --count 1 --count 2
      2 openpex: --count: is given more than once (1, 2); expected one value [PEX_USAGE]
    live --port 1 --port 2
      2 openpex: --port: is given more than once (1, 2); expected one value [PEX_USAGE]
    live --db
      2 openpex: --db: is given without a value [PEX_USAGE]
    replay x --out a --out b
      2 openpex: --out: is given more than once ("a", "b"); expected one value [PEX_USAGE]
    what-if --add x
      2 openpex: --add: expected a number, found "x" [PEX_USAGE]
    account create x alice --credits=many
      2 openpex: --credits: expected a number, found "many" [PEX_USAGE]
    replay x --runs 3
      2 openpex: --runs: is for --calibrated alone, without another provider [PEX_USAGE]
    replay x --calibrated y --runs 1e9
      2 openpex: --runs: expected a whole number from 1 to 10000, found 1000000000 [PEX_USAGE]"
  `);
});
