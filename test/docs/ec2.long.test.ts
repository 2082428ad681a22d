// The page about the EC2 interface is one script: here it runs, as it stands, against a service as a reader would start it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACTIONS } from '../../live/ec2/actions/catalogue.ts';
import { Program, succeeds } from '../support/child-process.ts';
import { temporaryFolder, write } from '../support/command-line.ts';
import { PASSWORD } from '../support/daemon.ts';
import { startLive } from '../support/live-command.ts';

const page = readFileSync('docs/ec2.md', 'utf8');
const blocks = Array.from(page.matchAll(/^```sh\n([\s\S]*?)^```/gm), ([, text]) => text ?? '');
const hasClients =
  succeeds('/usr/bin/python3', '-c', 'import awscli.clidriver, boto3, libcloud') &&
  succeeds('curl', '--version');
if (!hasClients && process.env['CI'] === 'true')
  throw new Error(
    'awscli, python3-boto3, python3-libcloud or curl is not installed: docs/ec2.md is not tested',
  );
if (!hasClients)
  console.warn(
    'skipped, awscli, python3-boto3, python3-libcloud or curl is not installed: the script of docs/ec2.md',
  );

test('the page names the actions that there are, and no others', () => {
  const [, chapter = ''] = /## What there is\n([\s\S]*?)## What there is not/.exec(page) ?? [];
  const named = Array.from(chapter.matchAll(/`([A-Z][a-z]+[A-Z]\w+)`/g), ([, name]) => name);
  const others = [
    'SubnetId',
    'BlockDeviceMapping',
    'EbsOptimized',
    'MaxResults',
    'IdempotentParameterMismatch',
  ];
  const wrong = ['UnknownParameter', 'InvalidAction'];
  expect(new Set(named.filter((name) => !others.concat(wrong).includes(name!)))).toEqual(
    new Set(ACTIONS.keys()),
  );
});

test.skipIf(!hasClients)('the blocks of docs/ec2.md are a script that runs', async () => {
  const folder = temporaryFolder();
  const live = await startLive(['--port', '0'], folder, { OPENPEX_OPERATOR_PASSWORD: PASSWORD });
  const script = write(folder, 'script.sh', `exec 2>&1\n${blocks.join('\n')}`);
  const shell = new Program('sh', ['-e', script], {
    cwd: folder,
    env: {
      // Debian's own clients, whatever else is in the way to them.
      PATH: `/usr/bin:/bin:${process.env['PATH']}`,
      OPENPEX_URL: live.url,
      OPENPEX_USER: `operator:${PASSWORD}`,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_PAGER: '',
      HTTP_PROXY: '',
      http_proxy: '',
    },
  });
  const { code, stdout: output } = await shell.finished();
  expect(code, output).toBe(0);
  for (const shown of [
    'SMALL\t1\t768',
    'OpenPEX: reserved until 2',
    'shutting-down\tshutting-down',
    /cr-[0-9a-f]{17}\tscheduled\t2\t/,
    /ami-[0-9a-f]{17} PEX Debian Etch/,
    /^SMALL 768$/m,
  ])
    expect(output).toMatch(shown);
});
