// The demonstration, told in this process: it grows beyond the first site, moves what runs, and ends with a bill that adds up.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { twoSites } from '../../../cli/demos/two-sites.ts';

test('two sites: a service outgrows the first one, VMs move to the second, and both are billed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-demo-test-'));
  try {
    const lines: string[] = [];
    await twoSites({ leaveIn: folder, print: (line) => lines.push(line), version: 'test' });
    expect(lines.join('\n')).toMatchInlineSnapshot();
    expect(readdirSync(folder).sort()).toEqual(['openpex.yaml', 'shop.yaml']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
