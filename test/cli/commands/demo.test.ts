// The demonstration, told in this process: it grows beyond the first site, moves what runs, and ends with a bill that adds up.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { twoSites } from '../../../cli/demos/two-sites.ts';

test('two sites: a service outgrows the first one, VMs move to the second, and both are billed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-demo-test-'));
  try {
    const lines: string[] = [];
    await twoSites({ leaveIn: folder, print: (line) => lines.push(line), version: 'test' });
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "A lab books four SMALL instances for four hours: they fill the first node of the north.
      A shop submits its manifest, and confirms what it begins with, for 0.50 credits.

      time   requests/s  wanted  running  north  south  account of the shop
      08:00         400       1        1      5      0  99.50 credits
      08:10         400       1        1      5      0  99.50 credits
             a probe of the shop measures 1400 requests a second
      08:20        1400       3        3      7      0  98.50 credits
             a probe of the shop measures 2900 requests a second
      08:30        2900       6        6      8      2  97.00 credits
      08:40        2900       6        6      8      2  97.00 credits
      08:50        2900       6        6      8      2  96.50 credits
             an operator takes north-001 out of service: what runs there goes to the south, with its disks
      09:00        2900       6        6      4      6  96.50 credits
      09:10        2900       6        6      4      6  95.50 credits
      09:20        2900       6        6      4      6  94.00 credits
             a probe of the shop measures 900 requests a second
      09:30         900       2        2      1      5  94.00 credits
      09:40         900       2        2      1      5  94.00 credits
      09:50         900       2        2      1      5  94.00 credits
             a probe of the shop measures 300 requests a second
      10:00         300       1        1      1      4  94.00 credits
      10:10         300       1        1      1      4  94.00 credits
      10:20         300       1        1      1      4  93.50 credits
      10:30         300       1        1      1      4  93.50 credits

      The shop ends.

      Between the sites: 4 VMs, 15.8 GB, the longest in 126.8 s, standing still for 0.8 s on average.

      account  reservations  charged         given back
      lab                 1  8.00 credits    0.00 credits
      shop               13  6.50 credits    0.00 credits"
    `);
    expect(readdirSync(folder).sort()).toEqual(['openpex.yaml', 'shop.yaml']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what it would leave behind is not written over the configuration of a service', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-demo-test-'));
  try {
    const file = join(folder, 'openpex.yaml');
    writeFileSync(file, 'name: mine');
    await expect(twoSites({ leaveIn: folder, print: () => {}, version: 'test' })).rejects.toMatchObject({
      code: 'PEX_FILE_UNWRITABLE',
      place: { file },
    });
    expect(readFileSync(file, 'utf8')).toBe('name: mine');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
