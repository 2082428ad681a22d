// Two real Xen hosts of ./xen-hosts, which `.ci/xen-hosts` boots: how a service knows them, and a way in beside it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../support/child-process.ts';

/** Of `xen-hosts where`, while hosts are up. */
export const WHERE = process.env['OPENPEX_XEN_HOSTS'];
const PORT = Number(process.env['OPENPEX_XEN_PORT'] ?? 22820);
const PROGRAM = fileURLToPath(new URL('xen-hosts', import.meta.url));
export const HOSTS = ['xen1', 'xen2'];

export const SECTION = {
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
export async function on(host: string, command: string): Promise<string> {
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

export async function power(verb: 'on' | 'off', host: string): Promise<void> {
  // It leaves a host behind, which would keep its output open.
  const program = new Program(PROGRAM, [verb, String(HOSTS.indexOf(host) + 1)], { stdio: 'ignore' });
  const { code } = await program.finished(300_000);
  if (code !== 0) throw new Error(`${host} does not go ${verb}`);
}
