// The same life on real Xen: two hosts of ./xen-hosts, which `.ci/xen-hosts` boots. Without them there is nothing to try.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseDomains } from '../../live/hypervisors/xl/look.ts';
import { liveALife, type Site } from '../live/hypervisors/xl/life-story.ts';
import { runProgram } from '../support/child-process.ts';
import { openpex, temporaryFolder } from '../support/command-line.ts';

/** Of `xen-hosts where`, while hosts are up. */
const WHERE = process.env['OPENPEX_XEN_HOSTS'];
const PORT = Number(process.env['OPENPEX_XEN_PORT'] ?? 22820);
const PROGRAM = fileURLToPath(new URL('xen-hosts', import.meta.url));
const HOSTS = ['xen1', 'xen2'];

const SECTION = {
  hosts: HOSTS.map((name, index) => ({ name, ssh: 'root@127.0.0.1', port: PORT + index + 1, address: name })),
  identity: join(WHERE ?? '', 'key'),
  knownHosts: join(WHERE ?? '', 'known_hosts'),
  storage: { kind: 'shared', directory: '/srv/openpex' },
  stopGrace: '60s',
  operationTimeout: '8m',
  lostAfter: '60s',
  templates: [
    {
      name: 'Counting',
      type: 'pv',
      kernel: '/guest/kernel',
      ramdisk: '/guest/initrd',
      commandLine: 'console=hvc0 quiet mitigations=off',
      image: '/guest/disk.img',
    },
  ],
};

/** Runs a command on a host, as root. */
function on(host: string, command: string): string {
  const number = HOSTS.indexOf(host) + 1;
  const args = [
    ...[
      '-i',
      SECTION.identity,
      '-p',
      String(PORT + number),
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'BatchMode=yes',
    ],
    ...['-o', `UserKnownHostsFile=${SECTION.knownHosts}`, '-o', 'LogLevel=ERROR', 'root@127.0.0.1', command],
  ];
  const { code, stderr, stdout } = runProgram('ssh', args, { limitMs: 60_000 });
  if (code !== 0) throw new Error(`${host}: ${command}: ${stderr}`);
  return stdout;
}

function power(verb: 'on' | 'off', host: string): void {
  const { code, stderr } = runProgram(PROGRAM, [verb, String(HOSTS.indexOf(host) + 1)], {
    limitMs: 300_000,
    stdio: 'ignore',
  });
  if (code !== 0) throw new Error(`${host} does not go ${verb}: ${stderr}`);
}

const domains = (host: string) =>
  parseDomains(on(host, 'xl list -v').split('\n')).filter(({ id }) => id !== 0);

const site: Site = {
  section: SECTION,
  env: {},
  domains: async (host) => domains(host),
  endGuest: async (host, uuid, reason) => {
    const domain = domains(host).find((each) => each.uuid === uuid);
    on(host, reason === 'crash' ? `xl sysrq ${domain?.id} c` : `xl shutdown ${domain?.id}`);
  },
  powerOff: async (host) => power('off', host),
  powerOn: async (host) => power('on', host),
  leftovers: async () =>
    HOSTS.flatMap((host) =>
      on(host, 'cd /srv/openpex && find . -type f; ls /var/lib/openpex/jobs 2>/dev/null || true; losetup -a')
        .split('\n')
        // The mark of the store stays for the next daemon.
        .filter((line) => line !== '' && line !== './vms/owner'),
    ),
  patienceMs: 300_000,
  killAfterMs: [1500, 3000, 1500, 800],
};

test.skipIf(WHERE === undefined)('a real Xen host is fit, says the doctor', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'openpex.yaml'), JSON.stringify({ xl: SECTION }));
  const { code, stdout } = openpex(['xl', 'doctor', '--config', 'openpex.yaml'], folder);
  expect(stdout).toContain('xen1: Xen 4.17');
  expect(stdout).toContain('xen1: VMs can be moved to xen2');
  expect(stdout).not.toMatch(/^problem/m);
  expect(code).toBe(0);
});

test.skipIf(WHERE === undefined)(
  'reservations live on real Xen hosts from the first request to the last VM',
  { timeout: 1_500_000 },
  async () => {
    const laps = await liveALife(site, temporaryFolder());
    appendFileSync(join(WHERE ?? '', 'run', 'laps'), `${laps.join('\n')}\n`);
    console.log(laps.join('\n'));
  },
);
