// The first run that docs/xl.md shows, with its configuration, on hosts without Xen.
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { XlSection } from '../../live/hypervisors/xl/xl-section.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { FakeXen } from '../live/hypervisors/xl/fake-xen.ts';
import { openpex, temporaryFolder } from '../support/command-line.ts';
import { startLive } from '../support/live-command.ts';
import { read } from './pages.ts';

const [, EXAMPLE = ''] = /```yaml\n([\s\S]*?)```/.exec(read('docs/xl.md')) ?? [];

test('the configuration that docs/xl.md shows is one', () => {
  const { xl } = parse(EXAMPLE);
  expect(findProblems(XlSection, complete(XlSection, xl))).toEqual([]);
});

test('hosts are examined, rehearsed on and served as docs/xl.md shows', async () => {
  const xen = new FakeXen(['xen1.example.org', '10.0.0.12']);
  const env = { PATH: `${join(xen.root, 'bin')}${delimiter}${process.env['PATH']}` };
  const folder = temporaryFolder();
  const yaml = EXAMPLE.replaceAll('/srv/openpex', '/xen-shared/store').replace(
    'xl:\n',
    'xl:\n  directory: /xen-host/openpex\n',
  );
  writeFileSync(join(folder, 'openpex.yaml'), yaml);
  const { code, stdout } = openpex(['xl', 'doctor', '--config', 'openpex.yaml'], folder, env);
  // It has neither a bridge nor the images.
  expect(code).toBe(1);
  expect(stdout).toContain('xen1: Xen 4.17.5, xl through sudo works');
  expect(stdout).toMatch(/^problem +network +xen1: has no bridge xenbr0; make it/m);
  expect(stdout).toMatch(/^problem +templates +xen2: \S+custom.raw is not there/m);
  for (const args of [['--dry-run', '--db', 'sqlite:rehearsal.db'], []]) {
    const live = await startLive(['openpex.yaml', ...args, '--port', '0'], folder, env);
    expect((await fetch(`${live.url}/ready`)).status).toBe(200);
    expect((await live.stop()).code).toBe(0);
  }
});
