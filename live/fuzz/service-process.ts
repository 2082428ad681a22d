// The process that a story kills again and again: the service as the daemon puts it together, on the machine, the disk and the hypervisor of the
// story. What is dead does nothing more: it wakes nobody, stores nothing, moves no VM, and its answers reach nobody.
import type { ServedProvider } from '../../scenarios/load/served-provider.ts';
import type { Database } from '../database/open-database.ts';
import type { PoolTransport } from '../hypervisors/xapi/pool-transport.ts';
import { storeProvider } from '../report/stored-provider.ts';
import { LiveService, type LiveServiceParts } from '../service/live-service.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { StoryHosts } from './story-hosts.ts';
import type { Machine } from './world-time.ts';

export interface ProcessParts {
  readonly provider: ServedProvider;
  readonly machine: Machine;
  readonly disk: SimulatedDisk;
  readonly hosts: StoryHosts;
  readonly newId: () => string;
  /** What is replaced by something of the same kind: how tests put a fault back. */
  readonly replaced?: Replaced;
}

/** Stands in for a part of the service. */
export interface Replaced {
  database?(database: Database): Database;
  parts?(parts: LiveServiceParts): LiveServiceParts;
  transport?(transport: PoolTransport): PoolTransport;
  service?(service: LiveService): LiveService;
}

const QUOTA = { reservations: 1_000, vcpus: 10_000, heldCpuHours: 100_000, rolling: [] };
const SILENT = { info() {}, warn() {}, error() {} };

export class ServiceProcess {
  readonly service: LiveService;
  readonly database: Database;
  readonly #parts: ProcessParts;
  #isDead = false;

  constructor(parts: ProcessParts) {
    const { disk, hosts, machine, newId, provider, replaced = {} } = parts;
    this.#parts = parts;
    const isDead = () => this.#isDead;
    const host = machine.timers(isDead);
    const database = disk.connect();
    this.database = replaced.database?.(database) ?? database;
    const serviceParts: LiveServiceParts = {
      provider,
      database: this.database,
      hypervisor: hosts.forProcess({
        isDead,
        host,
        replaced: (transport) => replaced.transport?.(transport) ?? transport,
      }),
      isSimulated: true,
      host,
      speed: 1,
      templates: [{ name: 'Debian', description: '' }],
      quota: QUOTA,
      log: SILENT,
      newId,
    };
    const service = new LiveService(replaced.parts?.(serviceParts) ?? serviceParts);
    this.service = replaced.service?.(service) ?? service;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** @throws what LiveService.start does */
  async start(yaml: string): Promise<void> {
    await this.service.start();
    await storeProvider(this.database, { name: 'story', yaml });
  }

  kill(): void {
    this.#isDead = true;
    this.#parts.disk.kill();
  }
}
