// Xen hosts without Xen: folders, a program in the place of `ssh` that runs commands here, and one in the place of `xl` that behaves as the
// real one was seen to. The scripts that OpenPEX sends to a host are run as they are.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { XlPace } from '../../../../live/hypervisors/xl/xl-settings.ts';
import { runProgram } from '../../../support/child-process.ts';

const PROGRAMS = fileURLToPath(new URL('fake-host', import.meta.url));
const LVM = ['vgs', 'lvs', 'lvcreate', 'lvremove', 'lvextend', 'lvchange'];

export interface FakeDomain {
  readonly id: number;
  readonly name: string;
  readonly uuid: string;
  readonly memoryMib: number;
  readonly paused: boolean;
  readonly reason?: string;
  readonly deaf?: boolean;
}

export class FakeXen {
  readonly root = mkdtempSync(join(tmpdir(), 'fake-xen-'));

  constructor(hosts: readonly string[] = ['xen1', 'xen2']) {
    mkdirSync(join(this.root, 'bin'));
    mkdirSync(join(this.root, 'shared', 'store'), { recursive: true });
    for (const name of readdirSync(PROGRAMS)) {
      const path = join(this.root, 'bin', name);
      if (name === 'xl')
        // The version of Node that runs the test, whatever PATH says.
        writeFileSync(
          path,
          readFileSync(join(PROGRAMS, name), 'utf8').replace('"$FAKE_XEN_NODE"', `'${process.execPath}'`),
          { mode: 0o755 },
        );
      else copyFileSync(join(PROGRAMS, name), path);
    }
    for (const name of LVM) symlinkSync('lvm', join(this.root, 'bin', name));
    for (const host of hosts) {
      const dir = this.#dir(host);
      for (const folder of ['connections', 'running', 'answers', 'fs/boot', 'groups/guests'])
        mkdirSync(join(dir, folder), { recursive: true });
      writeFileSync(join(dir, 'fs/boot/vmlinuz'), 'a kernel');
      writeFileSync(join(dir, 'fs/boot/debian.img'), 'a disk');
      writeFileSync(join(dir, 'groups/guests/debian'), 'a volume');
    }
    // What is still at work for a moment, such as a master that is just ending, may write yet.
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  }

  get pace(): XlPace {
    return {
      ssh: join(this.root, 'bin', 'ssh'),
      connectTimeoutMs: 4_000,
      lookTimeoutMs: 10_000,
      sweepMs: 150,
      pollMs: 30,
      loadMs: 300,
    };
  }

  /** Something is wrong with a host from now on, as a file says. */
  set(host: string, fault: string, value = ''): void {
    writeFileSync(join(this.#dir(host), fault), value);
  }

  clear(host: string, fault: string): void {
    rmSync(join(this.#dir(host), fault), { force: true });
  }

  /** Connections to a host break off; what it is at goes on. */
  cut(host: string): void {
    endAll(join(this.#dir(host), 'connections'), (pid) => process.kill(pid, 'SIGTERM'));
  }

  /** A host loses its power: what ran on it is gone, what lies on it is there. */
  powerOff(host: string): void {
    this.set(host, 'off');
    this.cut(host);
    this.endJobs(host);
    this.change(host, () => []);
  }

  domains(host: string): readonly FakeDomain[] {
    const file = join(this.#dir(host), 'domains.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).domains : [];
  }

  /** Somebody does something at another console. */
  change(host: string, edit: (domains: readonly FakeDomain[]) => readonly FakeDomain[]): void {
    const program = join(this.root, 'bin', 'fake-xl.mjs');
    const domains = JSON.stringify(edit(this.domains(host)));
    const { code, stderr } = runProgram(process.execPath, [program, 'domains', domains], {
      env: { FAKE_XEN_HOST: this.#dir(host) },
    });
    if (code !== 0) throw new Error(stderr);
  }

  /** How a guest of a host ends. */
  end(host: string, uuid: string, reason: 'poweroff' | 'crash'): void {
    this.change(host, (domains) =>
      domains.map((domain) => (domain.uuid === uuid ? { ...domain, reason } : domain)),
    );
  }

  /** The shared storage is not mounted: an empty folder is in its place. */
  hideStore(): void {
    renameSync(join(this.root, 'shared', 'store'), join(this.root, 'hidden'));
    mkdirSync(join(this.root, 'shared', 'store'));
  }

  showStore(): void {
    rmSync(join(this.root, 'shared', 'store'), { recursive: true });
    renameSync(join(this.root, 'hidden'), join(this.root, 'shared', 'store'));
  }

  /** Everything that a host does for us is ended in the middle. */
  endJobs(host: string): void {
    // xl is in a group that `timeout` made for it.
    const running = join(this.#dir(host), 'running');
    endAll(running, (pid) => {
      const isXl = readFileSync(join(running, String(pid)), 'utf8') !== '';
      process.kill(isXl ? pid : -pid, 'SIGKILL');
    });
  }

  removeHome(place: string, vmId: string): void {
    const store = place === 'shared' ? join(this.root, 'shared/store') : this.path(place, 'fs/openpex');
    rmSync(join(store, 'vms', vmId), { recursive: true });
  }

  hasDirectory(host: string): boolean {
    return existsSync(this.path(host, 'fs/openpex'));
  }

  /** Is xl doing that at this moment? */
  isAt(host: string, verb: string): boolean {
    const running = join(this.#dir(host), 'running');
    return readdirSync(running).some((pid) => readFileSync(join(running, pid), 'utf8') === verb);
  }

  /** At a time, so far. */
  mostSessions(host: string): number {
    return Math.max(...readFileSync(this.path(host, 'sessions'), 'utf8').trim().split('\n').map(Number));
  }

  /** How many times a domain was built for a VM. */
  builds(host: string, uuid: string): number {
    const file = join(this.#dir(host), 'created');
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line === uuid).length
      : 0;
  }

  /** Files of VMs, on a host or on the shared storage, without the mark of the store. */
  files(place: string): string[] {
    const vms =
      place === 'shared'
        ? join(this.root, 'shared', 'store', 'vms')
        : join(this.#dir(place), 'fs', 'openpex', 'vms');
    if (!existsSync(vms)) return [];
    return (readdirSync(vms, { recursive: true, encoding: 'utf8' }) as string[])
      .filter((name) => name !== 'owner')
      .sort();
  }

  path(host: string, ...parts: string[]): string {
    return join(this.#dir(host), ...parts);
  }

  volumes(host: string): string[] {
    return readdirSync(join(this.#dir(host), 'groups/guests')).sort();
  }

  #dir(host: string): string {
    return join(this.root, 'hosts', host);
  }
}

/** Of the processes whose numbers are names of files. */
function endAll(folder: string, end: (pid: number) => void): void {
  for (const pid of readdirSync(folder)) {
    try {
      end(Number(pid));
    } catch {
      // It has ended by itself.
    }
    rmSync(join(folder, pid), { force: true });
  }
}
