// openpex predict-migration as it is called: models side by side, and what it says of bad input.
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder } from '../../support/command-line.ts';

test('models are put side by side, plain and compressed', () => {
  const settings = ['--memory', '512', '1024', '--dirty-pages', '10000', '--set', 'compression.ratio=0.5'];
  const cwd = temporaryFolder();
  const [text, json] = openpexInTurn([
    { args: ['predict-migration', ...settings, '--set', 'workingSet={min: 1, max: 1}'], cwd },
    { args: ['predict-migration', '--model', 'hmdc', '--dirty-pages', '0', '--json'], cwd },
  ]);
  expect(text!.stdout).toMatchInlineSnapshot(`
    "memory MiB   dirty pages/s   model                   takes s   stands still ms   rounds   memory MB   sent MB   ends by
    512          10000           xen                     6.39      0.6               8        798.5       798.5     few-pages
    512          10000           xen, compressed         2.57      0.2               5        642.0       321.0     few-pages
    512          10000           mecom                   3.77      0.4               6        691.1       215.9     few-pages
    512          10000           xbzrle                  6.11      0.9               7        787.0       763.6     few-pages
    512          10000           hmdc                    5.95      2.2               2        765.3       743.9     by-design
    512          10000           post-copy               4.30      2.1               0        537.1       537.1     by-design
    512          10000           post-copy, compressed   2.15      1.0               0        537.1       268.6     by-design
    1024         10000           xen                     12.78     1.1               8        1597.0      1597.0    few-pages
    1024         10000           xen, compressed         5.14      0.5               5        1284.1      642.0     few-pages
    1024         10000           mecom                   7.53      0.7               6        1382.3      431.8     few-pages
    1024         10000           xbzrle                  12.49     0.7               8        1585.3      1561.3    few-pages
    1024         10000           hmdc                    12.11     2.4               2        1535.8      1514.1    by-design
    1024         10000           post-copy               8.59      2.1               0        1074.0      1074.0    by-design
    1024         10000           post-copy, compressed   4.30      1.0               0        1074.0      537.0     by-design
    "
  `);
  expect(JSON.parse(json!.stdout)).toMatchObject([
    {
      memoryMib: 1024,
      model: 'hmdc',
      compressed: false,
      rounds: 1,
      converged: true,
      seconds: expect.any(Number),
    },
  ]);
});

test('over a distance, with the disk, it takes what both cost more', () => {
  const [json] = openpexInTurn([
    {
      args: [
        'predict-migration',
        ...[
          '--model',
          'stop-and-copy',
          '--memory',
          '100',
          '--dirty-pages',
          '0',
          '--disk',
          '1',
          '--rtt',
          '40ms',
        ],
        ...['--set', 'linkMbitPerS=100', '--set', 'disk.writtenMbPerS={min: 0, max: 0}', '--json'],
      ],
      cwd: temporaryFolder(),
    },
  ]);
  const [{ copiedBytes, downtimeS, seconds }] = JSON.parse(json!.stdout);
  expect(copiedBytes).toBe(2 ** 30 + 100 * 2 ** 20);
  expect(seconds).toBeCloseTo(copiedBytes / 12.5e6 + 2 * 0.04, 6);
  expect(downtimeS).toBeCloseTo((100 * 2 ** 20) / 12.5e6 + 0.04, 6);
});

test('what is no size, no model or no setting is refused, and so are settings that contradict', () => {
  const cwd = temporaryFolder();
  const refused = openpexInTurn(
    [
      ['--memory', '0'],
      ['--memory', '512', '1024', '--dirty-pages', '1', '2', '3'],
      ['--model', 'fixed'],
      ['--set', 'mecom.pages=[{share: 0.5, ratio: 1}]'],
      ['--set', 'delta.cach=3'],
    ].map((args) => ({ args: ['predict-migration', ...args], cwd })),
  );
  expect(refused.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  expect(refused.map(({ stderr }) => stderr).join('')).toMatchInlineSnapshot(`
    "openpex: --memory: 0 is not a number from 1 to 1000000000 [PEX_USAGE]
    openpex: --dirty-pages: 3 values for 2 VMs; expected one for all, or one for each [PEX_USAGE]
    openpex: Invalid values: Argument: model, Given: "fixed", Choices: "xen", "mecom", "xbzrle", "hmdc", "post-copy", "stop-and-copy", "clark", "liu-basic", "liu-wws", "akoush-avg" (see --help) [PEX_USAGE]
    openpex: --set mecom.pages=[{share: 0.5, ratio: 1}]: mecom.pages: shares add up to 0.5, and all memory is 1 [PEX_USAGE]
    openpex: --set delta.cach=3: delta.cach: "cach" is not known here (known: cacheMib, ratio, mbPerS, rounds) [PEX_USAGE]
    "
  `);
});
