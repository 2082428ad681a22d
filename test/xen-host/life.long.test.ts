// The same life on real Xen: two hosts of ./xen-hosts, which `.ci/xen-hosts` boots. Without them there is nothing to try.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseDomains } from '../../live/hypervisors/xl/look.ts';
import { liveALife, type Site } from '../live/hypervisors/xl/life-story.ts';
import { Program } from '../support/child-process.ts';
import { openpex, temporaryFolder } from '../support/command-line.ts';

/** Of `xen-hosts where`, while hosts are up. */
const WHERE = process.env['OPENPEX_XEN_HOSTS'];
/** Which parts of the story: a regular expression. Default: all. */
const CHAPTERS = new RegExp(process.env['OPENPEX_XEN_CHAPTERS'] ?? '');
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
  lostAfter: '20s',
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

/**
 * Runs a command on a host, as root, over a connection that stays: under emulation it is what costs most. The service is to be answered
 * meanwhile, so nothing waits for it with its arms crossed.
 */
async function on(host: string, command: string): Promise<string> {
  const number = HOSTS.indexOf(host) + 1;
  const socket = join(WHERE ?? '', 'run', `connection${number}`);
  const args = [
    ...['-S', socket, '-i', SECTION.identity, '-p', String(PORT + number), '-o', 'IdentitiesOnly=yes'],
    ...['-o', 'BatchMode=yes', '-o', 'ServerAliveInterval=10', '-o', 'LogLevel=ERROR'],
    ...['-o', `UserKnownHostsFile=${SECTION.knownHosts}`, 'root@127.0.0.1'],
  ];
  if (!existsSync(socket))
    await new Program('ssh', ['-M', '-N', '-f', ...args], { stdio: 'ignore' }).finished(120_000);
  const { code, stderr, stdout } = await new Program('ssh', [...args, command]).finished(120_000);
  if (code !== 0) throw new Error(`${host}: ${command}: ${stderr}`);
  return stdout;
}

async function power(verb: 'on' | 'off', host: string): Promise<void> {
  // It leaves a host behind, which would keep its output open.
  const program = new Program(PROGRAM, [verb, String(HOSTS.indexOf(host) + 1)], { stdio: 'ignore' });
  const { code } = await program.finished(300_000);
  if (code !== 0) throw new Error(`${host} does not go ${verb}`);
}

const domains = async (host: string) =>
  parseDomains((await on(host, 'xl list -v')).split('\n')).filter(({ id }) => id !== 0);

const site: Site = {
  section: SECTION,
  env: {},
  domains,
  endGuest: async (host, uuid, reason) => {
    const domain = (await domains(host)).find((each) => each.uuid === uuid);
    await on(host, reason === 'crash' ? `xl sysrq ${domain?.id} c` : `xl shutdown ${domain?.id}`);
  },
  powerOff: (host) => power('off', host),
  powerOn: (host) => power('on', host),
  leftovers: async () => {
    const command = 'cd /srv/openpex && find . -type f; ls /var/lib/openpex/jobs 2>/dev/null; losetup -a';
    const left = await Promise.all(HOSTS.map((host) => on(host, command)));
    // The mark of the store stays for the next daemon.
    return left.flatMap((text) => text.split('\n')).filter((line) => line !== '' && line !== './vms/owner');
  },
  note: (line) => appendFileSync(join(WHERE ?? '', 'run', 'laps'), `${line}\n`),
  patienceMs: 300_000,
  killAfterMs: {
    create: [1500, 4000],
    start: [1500],
    suspend: [1500, 4000],
    resume: [1500],
    migrate: [8000],
    stop: [800],
    destroy: [400, 1500],
  },
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
  { timeout: 3_000_000 },
  async () => {
    const laps = await liveALife(site, temporaryFolder(), (name) => CHAPTERS.test(name));
    console.log(laps.join('\n'));
  },
);
