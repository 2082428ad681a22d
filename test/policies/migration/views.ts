// Hand-made nodes with VMs on them, for tests of migration policies: room is what is left of the CPUs, whatever the window.
import type {
  HostView,
  MigrationView,
  Move,
  PlacementRequest,
  RoomView,
  RunningView,
} from '../../../engine/index.ts';
import { HOUR } from '../views.ts';

export interface VmSketch {
  readonly id: string;
  readonly cpus?: number;
  readonly memoryMib?: number;
  readonly load?: number;
  readonly endMs?: number;
  /** It is there, and cannot be moved. */
  readonly isFixed?: boolean;
}

export interface NodeSketch {
  readonly vms: readonly VmSketch[];
  readonly cpus?: number;
  readonly isUsable?: boolean;
  readonly outFromMs?: number;
}

export function migrationView(nodes: readonly NodeSketch[], nowMs = 0): MigrationView {
  const hosts = nodes.map((sketch, index) => hostOf(sketch, index));
  return { nowMs, nodes: hosts, canMove: (moves) => freeAfter(hosts, moves).every((free) => free >= 0) };
}

export function roomView(nodes: readonly NodeSketch[], request: PlacementRequest, nowMs = 0): RoomView {
  const { nodes: hosts, canMove } = migrationView(nodes, nowMs);
  return {
    nowMs,
    nodes: hosts,
    canMove,
    roomAfter: (moves) => {
      if (!canMove(moves)) return undefined;
      const free = freeAfter(hosts, moves, { haveLeft: true });
      const room = free.reduce((sum, cpus) => sum + Math.floor(cpus / request.demand.milliCpus), 0);
      return Math.min(room, request.count);
    },
  };
}

function hostOf(
  { cpus = 4, isUsable = true, outFromMs = Infinity, vms }: NodeSketch,
  index: number,
): HostView {
  const nodeId = `n${index + 1}`;
  const running = vms.map((vm) => ({ ...runningOf(vm, nodeId), isFixed: vm.isFixed === true }));
  const milliCpus = running.reduce((sum, { demand }) => sum + demand.milliCpus, 0);
  return {
    index,
    nodeId,
    group: 'test',
    capacity: { milliCpus: cpus * 1000, memoryMib: 4096, diskGib: 100 },
    isUsable,
    outFromMs,
    busy: running.reduce((sum, { demand, load }) => sum + demand.milliCpus * load, 0) / (cpus * 1000),
    allocated: milliCpus / (cpus * 1000),
    memoryAllocated: running.reduce((sum, { demand }) => sum + demand.memoryMib, 0) / 4096,
    vmCount: running.length,
    vms: running.filter(({ isFixed }) => !isFixed),
  };
}

export function runningOf(
  { cpus = 1, endMs = 10 * HOUR, id, load = 0.5, memoryMib = 768 }: VmSketch,
  nodeId: string,
): RunningView {
  const demand = { milliCpus: cpus * 1000, memoryMib, diskGib: 10 };
  return { vmId: id, reservationId: `r-${id}`, nodeId, demand, load, endMs };
}

/** What VMs leave is free only when they have left. */
function freeAfter(
  hosts: readonly HostView[],
  moves: readonly Move[],
  { haveLeft = false } = {},
): readonly number[] {
  return hosts.map(({ allocated, capacity, isUsable, nodeId, vms }) => {
    const left = vms.filter(({ vmId }) => moves.some((move) => move.vmId === vmId));
    const come = moves.flatMap(({ toNodeId, vmId }) =>
      toNodeId === nodeId ? hosts.flatMap((host) => host.vms.filter((vm) => vm.vmId === vmId)) : [],
    );
    const cpusOf = (list: readonly RunningView[]) =>
      list.reduce((sum, { demand }) => sum + demand.milliCpus, 0);
    if (come.length > 0 && !isUsable) return -1;
    return Math.round(capacity.milliCpus * (1 - allocated)) - cpusOf(come) + (haveLeft ? cpusOf(left) : 0);
  });
}
