// The sites on which nodes stand: how much of each was reserved and allocated, and what went from one to another while it ran.
import type { EventOf, Resources, VmState } from '../../engine/index.ts';
import type { ReservedChange } from '../facts/derived.ts';
import { ratio, round, rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';
import { occupies } from './utilisation.ts';

export interface SiteFigures {
  readonly name: string;
  /** That ever joined. */
  readonly nodes: number;
  /** Shares of the CPUs that were online, over the measured time; null: none were. */
  readonly reserved: number | null;
  readonly allocated: number | null;
  /** Running VMs that came from another site, and that left for another. */
  readonly came: number;
  readonly left: number;
  /** Of those that came: from the first byte to the arrival, and standing still, together. */
  readonly migrationMs: number;
  readonly downtimeMs: number;
  readonly sentBytes: number;
  /** Of those that came: copying did not gain on what the guest wrote. */
  readonly unconverged: number;
}

const CHANNEL = { online: 0, reserved: 1, allocated: 2 } as const;
type Channel = keyof typeof CHANNEL;

class Site {
  readonly name: string;
  readonly #measuredFromMs: number;
  /** In thousandths of a CPU, and these times milliseconds. */
  readonly #levels = new Float64Array(3);
  readonly #integrals = new Float64Array(3);
  #sinceMs: number;
  nodes = 0;
  came = 0;
  left = 0;
  migrationMs = 0;
  downtimeMs = 0;
  sentBytes = 0;
  unconverged = 0;

  constructor(name: string, { measuredFromMs, startMs }: StreamStart) {
    this.name = name;
    this.#measuredFromMs = measuredFromMs;
    this.#sinceMs = startMs;
  }

  change(channel: Channel, atMs: number, delta: number): void {
    this.#advance(atMs);
    this.#levels[CHANNEL[channel]]! += delta;
  }

  finish(endMs: number): SiteFigures {
    this.#advance(endMs);
    const { came, downtimeMs, left, migrationMs, name, nodes, sentBytes, unconverged } = this;
    const online = this.#integrals[CHANNEL.online]!;
    return {
      name,
      nodes,
      reserved: ratio(this.#integrals[CHANNEL.reserved]!, online),
      allocated: ratio(this.#integrals[CHANNEL.allocated]!, online),
      came,
      left,
      migrationMs,
      downtimeMs,
      sentBytes,
      unconverged,
    };
  }

  #advance(toMs: number): void {
    const measuredMs = toMs - Math.max(this.#sinceMs, this.#measuredFromMs);
    this.#sinceMs = Math.max(this.#sinceMs, toMs);
    if (measuredMs <= 0) return;
    for (let i = 0; i < this.#levels.length; i++) this.#integrals[i]! += this.#levels[i]! * measuredMs;
  }
}

interface SiteNode {
  readonly site: Site;
  milliCpus: number;
  isOnline: boolean;
}

class Sites implements Meter<readonly SiteFigures[]> {
  readonly #start: StreamStart;
  readonly #sites = new Map<string, Site>();
  /** Those on a site. */
  readonly #nodes = new Map<string, SiteNode>();
  /** Of VMs that are up on one of them. */
  readonly #allocations = new Map<string, { site: Site; readonly milliCpus: number }>();

  constructor(start: StreamStart) {
    this.#start = start;
  }

  readonly hears = {
    'node-joined': (event: EventOf<'node-joined'>) => this.#join(event),
    'node-left': ({ atMs, nodeId }: EventOf<'node-left'>) => this.#switchNode(nodeId, atMs, false),
    'node-lost': ({ atMs, nodeId }: EventOf<'node-lost'>) => this.#switchNode(nodeId, atMs, false),
    'node-returned': ({ atMs, nodeId }: EventOf<'node-returned'>) => this.#switchNode(nodeId, atMs, true),
    'reserved-changed': ({ atMs, demand, instances, nodeId }: ReservedChange) =>
      this.#nodes.get(nodeId)?.site.change('reserved', atMs, demand.milliCpus * instances),
    'vm-state-changed': ({ atMs, demand, nodeId, to, vmId }: EventOf<'vm-state-changed'>) =>
      this.#vmChanged(vmId, atMs, { demand, nodeId, to }),
    'vm-migrated': (event: EventOf<'vm-migrated'>) => this.#vmMoved(event),
  };

  finish(endMs: number): readonly SiteFigures[] {
    return Array.from(this.#sites.values(), (site) => site.finish(endMs));
  }

  #join({ atMs, capacity, nodeId, site: name }: EventOf<'node-joined'>): void {
    if (name === undefined) return;
    const known = this.#nodes.get(nodeId);
    this.#switchNode(nodeId, atMs, false);
    const site = this.#sites.get(name) ?? new Site(name, this.#start);
    this.#sites.set(name, site);
    if (known === undefined) site.nodes += 1;
    this.#nodes.set(nodeId, { site, milliCpus: capacity.milliCpus, isOnline: false });
    this.#switchNode(nodeId, atMs, true);
  }

  #switchNode(nodeId: string, atMs: number, isOnline: boolean): void {
    const node = this.#nodes.get(nodeId);
    if (node === undefined || node.isOnline === isOnline) return;
    node.isOnline = isOnline;
    node.site.change('online', atMs, isOnline ? node.milliCpus : -node.milliCpus);
  }

  #vmChanged(
    vmId: string,
    atMs: number,
    { demand, nodeId, to }: { demand: Resources; nodeId: string | null; to: VmState },
  ): void {
    const before = this.#allocations.get(vmId);
    before?.site.change('allocated', atMs, -before.milliCpus);
    this.#allocations.delete(vmId);
    const node = nodeId === null ? undefined : this.#nodes.get(nodeId);
    if (node === undefined || !occupies(to)) return;
    node.site.change('allocated', atMs, demand.milliCpus);
    this.#allocations.set(vmId, { site: node.site, milliCpus: demand.milliCpus });
  }

  #vmMoved(event: EventOf<'vm-migrated'>): void {
    const { atMs, converged, demand, downtimeMs, fromNodeId, sentBytes, startedMs, toNodeId, vmId } = event;
    const from = this.#nodes.get(fromNodeId)?.site;
    const to = this.#nodes.get(toNodeId)?.site;
    if (from === to) return;
    const { milliCpus } = demand;
    if (this.#allocations.delete(vmId)) from?.change('allocated', atMs, -milliCpus);
    if (to !== undefined) {
      to.change('allocated', atMs, milliCpus);
      this.#allocations.set(vmId, { site: to, milliCpus });
    }
    if (atMs < this.#start.measuredFromMs) return;
    if (from !== undefined) from.left += 1;
    if (to === undefined) return;
    to.came += 1;
    to.migrationMs += atMs - startedMs;
    to.downtimeMs += downtimeMs ?? 0;
    to.sentBytes += sentBytes ?? 0;
    if (converged === false) to.unconverged += 1;
  }
}

export const sites = metric({
  name: 'sites',
  over: 'by instant',
  start: (stream: StreamStart) => new Sites(stream),
  summary: {
    sites: {
      means:
        'by the name of each site: `nodes` that ever joined; `cpuReserved` and `cpuAllocated`, shares of the CPU time that was online; running VMs that `came` from another site and `left` for another; of those that came, together: `migrationMs`, `downtimeMs`, `sentGb` (10^9 bytes, disks included), and `unconverged`, whose copying did not gain on what the guest wrote',
      of: (figures) => Object.fromEntries(figures.map((site) => [site.name, summaryOf(site)])),
    },
  },
});

function summaryOf({
  allocated,
  came,
  downtimeMs,
  left,
  migrationMs,
  nodes,
  reserved,
  sentBytes,
  unconverged,
}: SiteFigures) {
  return {
    nodes,
    cpuReserved: rounded(reserved),
    cpuAllocated: rounded(allocated),
    came,
    left,
    migrationMs,
    downtimeMs,
    sentGb: round(sentBytes / 1e9),
    unconverged,
  };
}
