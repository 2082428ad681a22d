// A plausible event stream without the engine: a first-fit provider on a grid of ten minutes, driven by a small event loop. For tests and
// for looking at reports; the figures mean nothing.
import type {
  DomainEvent,
  EventBody,
  MoveCause,
  NodeShare,
  Proposal,
  Resources,
  VmState,
} from '../../engine/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SLOT_MS = 10 * MINUTE_MS;

export interface SyntheticRunOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly sessions: number;
  readonly days: number;
  /** Over the whole run. */
  readonly nodeLosses: number;
  /** vCPUs of the largest request. */
  readonly largestRequest: number;
  readonly startMs?: number;
  /** Stop at the end of the last day, whatever is still going on. */
  readonly stopAtHorizon?: boolean;
}

const TYPES: Readonly<Record<string, Resources>> = {
  SMALL: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
  MEDIUM: { milliCpus: 2000, memoryMib: 1536, diskGib: 20 },
  LARGE: { milliCpus: 3000, memoryMib: 2560, diskGib: 40 },
  XLARGE: { milliCpus: 4000, memoryMib: 3584, diskGib: 60 },
};
const CAPACITY: Resources = { milliCpus: 8000, memoryMib: 16_384, diskGib: 240 };

interface Booked {
  readonly reservationId: string;
  readonly proposal: Proposal;
  /** Node of each instance. */
  readonly nodes: number[];
  readonly loads: number[];
  readonly vmState: VmState[];
  windowOpen: boolean;
  ended: boolean;
  activated: boolean;
}

/** The events of a synthetic run, in order. Same options, same events. */
export function syntheticRun(options: SyntheticRunOptions): DomainEvent[] {
  return new SyntheticProvider(options).run();
}

class SyntheticProvider {
  readonly #options: SyntheticRunOptions;
  readonly #startMs: number;
  readonly #events: DomainEvent[] = [];
  readonly #due: { atMs: number; sequence: number; run: () => void }[] = [];
  readonly #slots: number;
  /** vCPUs booked, by node and slot; lost nodes are full. */
  readonly #used: Uint8Array[];
  readonly #lost: boolean[];
  readonly #booked = new Set<Booked>();
  #random: number;
  #sequence = 0;
  #nowMs: number;

  constructor(options: SyntheticRunOptions) {
    this.#options = options;
    this.#startMs = options.startMs ?? Date.UTC(2026, 2, 1);
    this.#nowMs = this.#startMs;
    this.#random = options.seed * 2_654_435_761;
    this.#slots = ((options.days + 40) * DAY_MS) / SLOT_MS;
    this.#used = Array.from({ length: options.nodes }, () => new Uint8Array(this.#slots));
    this.#lost = this.#used.map(() => false);
  }

  run(): DomainEvent[] {
    const { days, nodes, sessions, nodeLosses, stopAtHorizon } = this.#options;
    for (let i = 0; i < nodes; i++) {
      this.#emit({
        type: 'node-joined',
        atMs: this.#startMs,
        nodeId: nodeName(i),
        group: i < nodes / 2 ? 'east' : 'west',
        capacity: CAPACITY,
        power: { idleW: 95, peakW: 210 },
      });
    }
    const spanMs = days * DAY_MS;
    for (let i = 0; i < sessions; i++) this.#at(this.#startMs + this.#arrival(spanMs), () => this.#arrive(i));
    for (let i = 0; i < nodeLosses; i++) {
      const atMs = this.#startMs + Math.floor((0.1 + 0.8 * this.#draw()) * spanMs);
      this.#at(atMs, () => this.#loseNode(Math.floor(this.#draw() * nodes)));
    }
    const endMs = stopAtHorizon ? this.#startMs + spanMs : Number.POSITIVE_INFINITY;
    for (;;) {
      const next = this.#due.pop();
      if (next === undefined) break;
      if (next.atMs > endMs) {
        this.#nowMs = endMs;
        break;
      }
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#emit({
      type: 'run-finished',
      atMs: this.#nowMs,
      reason: stopAtHorizon ? 'horizon' : 'complete',
    });
    return this.#events;
  }

  /** Office hours see most of the requests, weekends fewer. */
  #arrival(spanMs: number): number {
    for (;;) {
      const atMs = Math.floor(this.#draw() * spanMs);
      const hour = (atMs % DAY_MS) / HOUR_MS;
      const day = Math.floor(atMs / DAY_MS) % 7;
      const likely = (hour > 8 && hour < 19 ? 1 : 0.3) * (day === 0 || day === 6 ? 0.45 : 1);
      if (this.#draw() < likely) return atMs;
    }
  }

  #arrive(i: number): void {
    const reservationId = `r${i + 1}`;
    const kinds = ['advance', 'advance', 'best-effort', 'flexible'] as const;
    const kind = kinds[Math.floor(this.#draw() * kinds.length)]!;
    const typeNames = Object.keys(TYPES);
    const type = typeNames[Math.floor(this.#draw() ** 2 * typeNames.length)]!;
    const demand = TYPES[type]!;
    const largest = Math.log2((this.#options.largestRequest * 1000) / demand.milliCpus);
    const proposal: Proposal = {
      type,
      demand,
      numInstancesFixed:
        i % 400 === 399 ? 50_000 : Math.max(1, Math.round(2 ** (this.#draw() ** 2.2 * largest))),
      numInstancesOption: 0,
      startMs: this.#ceil(
        this.#nowMs +
          (kind === 'best-effort' ? SLOT_MS : Math.floor(-Math.log(1 - this.#draw()) * 20 * HOUR_MS)),
      ),
      durationMs: SLOT_MS * Math.max(1, Math.round(-Math.log(1 - this.#draw()) * 24)),
      template: 'debian-12',
    };
    const patienceMs = Math.floor(this.#draw() * 2.5 * DAY_MS);
    this.#emit({
      type: 'reservation-initiated',
      atMs: this.#nowMs,
      reservationId,
      userId: `user-${Math.floor(this.#draw() ** 2 * 90) + 1}`,
      origin: {
        requestId: String(10_000 + i),
        kind,
        buyer: 'earliest-slot',
        latestStartMs: proposal.startMs + patienceMs,
      },
    });
    this.#emit({ type: 'proposal-received', atMs: this.#nowMs, reservationId, round: 1, proposal });
    this.#negotiate(reservationId, proposal, patienceMs);
  }

  #negotiate(reservationId: string, proposal: Proposal, patienceMs: number): void {
    const priceMicros =
      Math.round((proposal.demand.milliCpus * proposal.numInstancesFixed * proposal.durationMs) / 3600) * 0.1;
    const holdUntilMs = this.#nowMs + 10 * MINUTE_MS;
    const found = this.#earliest(proposal);
    if (found === undefined) {
      this.#end(
        reservationId,
        'REJECTED',
        proposal.numInstancesFixed > 10_000 ? 'never-fits' : 'no-capacity',
      );
      return;
    }
    const agreed = { ...proposal, startMs: found.startMs };
    this.#book(found.nodes, agreed, 1);
    const pieces = piecesOf(found.nodes);
    const countered = found.startMs !== proposal.startMs;
    const common = {
      atMs: this.#nowMs,
      reservationId,
      round: 1,
      priceMicros: Math.round(priceMicros),
      holdUntilMs,
      pieces,
    };
    this.#emit(
      countered
        ? { type: 'offer-countered', ...common, proposal: agreed }
        : { type: 'offer-accepted', ...common },
    );
    const thinkMs = Math.floor((0.3 + this.#draw() * 4) * MINUTE_MS);
    if (this.#draw() < 0.01) {
      this.#at(holdUntilMs, () => {
        this.#book(found.nodes, agreed, -1);
        this.#end(reservationId, 'EXPIRED', 'hold-expired');
      });
    } else if (found.startMs - proposal.startMs > patienceMs) {
      this.#at(this.#nowMs + thinkMs, () => {
        this.#book(found.nodes, agreed, -1);
        this.#emit({
          type: 'offer-declined',
          atMs: this.#nowMs,
          reservationId,
          round: 1,
          reason: 'starts too late',
        });
        this.#end(reservationId, 'REJECTED', 'declined');
      });
    } else {
      this.#at(this.#nowMs + thinkMs, () =>
        this.#confirm(reservationId, agreed, found.nodes, countered, Math.round(priceMicros)),
      );
    }
  }

  #confirm(id: string, proposal: Proposal, nodes: number[], countered: boolean, priceMicros: number): void {
    const atMs = this.#nowMs;
    if (countered) this.#emit({ type: 'counter-accepted', atMs, reservationId: id, round: 1 });
    this.#emit({
      type: 'reservation-confirmed',
      atMs,
      reservationId: id,
      proposal,
      priceMicros,
      pieces: piecesOf(nodes),
    });
    const booked: Booked = {
      reservationId: id,
      proposal,
      nodes,
      loads: nodes.map(() => 300 + Math.floor(this.#draw() * 650)),
      vmState: nodes.map(() => 'NOT_PROVISIONED'),
      windowOpen: false,
      ended: false,
      activated: this.#draw() > 0.03,
    };
    this.#booked.add(booked);
    const startMs = Math.max(proposal.startMs, atMs);
    this.#at(startMs, () => this.#open(booked));
    this.#at(proposal.startMs + proposal.durationMs, () => this.#close(booked, 'EXPIRED', 'window-over'));
  }

  #open(booked: Booked): void {
    if (booked.ended) return;
    for (const [k, node] of booked.nodes.entries()) {
      if (!this.#lost[node] || this.#moveBooking(booked, k, 'node-unavailable-at-start') !== undefined)
        continue;
      this.#close(booked, 'FAILED', 'node-lost');
      return;
    }
    booked.windowOpen = true;
    const { proposal, reservationId } = booked;
    this.#emit({
      type: 'window-opened',
      atMs: this.#nowMs,
      reservationId,
      endMs: proposal.startMs + proposal.durationMs,
      demand: proposal.demand,
      pieces: piecesOf(booked.nodes),
    });
    if (!booked.activated) return;
    this.#emit({ type: 'reservation-activated', atMs: this.#nowMs, reservationId });
    this.#at(this.#nowMs + 20_000, () => {
      if (!booked.ended) for (const k of booked.nodes.keys()) this.#setVm(booked, k, 'RUNNING');
    });
    if (this.#draw() < 0.02 && proposal.durationMs > HOUR_MS) {
      this.#at(this.#nowMs + 40 * MINUTE_MS, () => this.#migrate(booked, 0));
    }
  }

  #migrate(booked: Booked, k: number): void {
    if (booked.ended || booked.vmState[k] !== 'RUNNING') return;
    const to = this.#moveBooking(booked, k, 'drain');
    if (to === undefined) return;
    const { reservationId, proposal } = booked;
    this.#emit({
      type: 'vm-migrated',
      atMs: this.#nowMs,
      reservationId,
      vmId: `${reservationId}-${k}`,
      fromNodeId: nodeName(to.from),
      toNodeId: nodeName(booked.nodes[k]!),
      startedMs: this.#nowMs - 9000,
      downtimeMs: 320,
      memoryMib: proposal.demand.memoryMib,
      loadPermille: booked.loads[k]!,
      demand: proposal.demand,
    });
  }

  #moveBooking(booked: Booked, k: number, cause: MoveCause): { from: number } | undefined {
    const from = booked.nodes[k]!;
    const rest = {
      ...booked.proposal,
      startMs: this.#nowMs,
      durationMs: booked.proposal.startMs + booked.proposal.durationMs - this.#nowMs,
      numInstancesFixed: 1,
    };
    if (rest.durationMs <= 0) return undefined;
    const to = this.#used.findIndex((_, node) => node !== from && this.#free(node, rest) >= 1);
    if (to === -1) return undefined;
    this.#book([from], rest, -1);
    this.#book([to], rest, 1);
    booked.nodes[k] = to;
    this.#emit({
      type: 'instance-moved',
      atMs: this.#nowMs,
      reservationId: booked.reservationId,
      instance: k + 1,
      fromNodeId: nodeName(from),
      toNodeId: nodeName(to),
      demand: booked.proposal.demand,
      windowOpen: booked.windowOpen,
      cause,
    });
    return { from };
  }

  #loseNode(node: number): void {
    if (this.#lost[node]) return;
    this.#lost[node] = true;
    this.#emit({ type: 'node-lost', atMs: this.#nowMs, nodeId: nodeName(node), vmsLost: 0 });
    for (const booked of [...this.#booked]) {
      if (booked.ended || !booked.windowOpen) continue;
      for (const [k, at] of booked.nodes.entries()) {
        if (at !== node) continue;
        const wasRunning = booked.vmState[k] === 'RUNNING';
        if (wasRunning) this.#setVm(booked, k, 'HALTED', 'node-lost');
        if (this.#moveBooking(booked, k, 'node-lost') === undefined) {
          this.#close(booked, 'FAILED', 'node-lost');
          break;
        }
        if (!wasRunning) continue;
        this.#at(this.#nowMs + 45_000, () => {
          if (!booked.ended) this.#setVm(booked, k, 'RUNNING');
        });
      }
    }
    this.#at(this.#nowMs + Math.floor((1 + this.#draw() * 30) * HOUR_MS), () => {
      this.#lost[node] = false;
      this.#emit({ type: 'node-returned', atMs: this.#nowMs, nodeId: nodeName(node) });
    });
  }

  #close(booked: Booked, state: 'EXPIRED' | 'FAILED', reason: 'window-over' | 'node-lost'): void {
    if (booked.ended) return;
    booked.ended = true;
    this.#booked.delete(booked);
    const { reservationId, proposal } = booked;
    if (booked.windowOpen) {
      this.#emit({
        type: 'window-closed',
        atMs: this.#nowMs,
        reservationId,
        demand: proposal.demand,
        pieces: piecesOf(booked.nodes),
      });
    }
    for (const [k, vmState] of booked.vmState.entries()) {
      if (vmState !== 'NOT_PROVISIONED') this.#setVm(booked, k, 'DELETED');
    }
    const restMs = proposal.startMs + proposal.durationMs - this.#nowMs;
    if (restMs > 0) {
      const from = Math.ceil((this.#nowMs - this.#startMs) / SLOT_MS) * SLOT_MS + this.#startMs;
      const durationMs = proposal.startMs + proposal.durationMs - from;
      if (durationMs > 0) this.#book(booked.nodes, { ...proposal, startMs: from, durationMs }, -1);
    }
    this.#end(reservationId, state, reason, !booked.activated && state === 'EXPIRED');
  }

  #setVm(booked: Booked, k: number, to: VmState, cause: 'operation' | 'node-lost' = 'operation'): void {
    const from = booked.vmState[k]!;
    booked.vmState[k] = to;
    this.#emit({
      type: 'vm-state-changed',
      atMs: this.#nowMs,
      reservationId: booked.reservationId,
      vmId: `${booked.reservationId}-${k}`,
      nodeId: nodeName(booked.nodes[k]!),
      from,
      to,
      cause,
      demand: booked.proposal.demand,
      loadPermille: to === 'RUNNING' ? booked.loads[k]! : 0,
    });
  }

  #end(
    reservationId: string,
    state: 'EXPIRED' | 'FAILED' | 'REJECTED',
    reason: 'no-capacity' | 'never-fits' | 'hold-expired' | 'declined' | 'window-over' | 'node-lost',
    noShow = false,
  ): void {
    const failed = state === 'FAILED';
    this.#emit({
      type: 'reservation-ended',
      atMs: this.#nowMs,
      reservationId,
      state,
      reason,
      noShow,
      refundMicros: failed ? 2_000_000 : 0,
      penaltyMicros: failed ? 500_000 : 0,
    });
  }

  /** The first slot from the asked start on in which all instances fit, first fit over the nodes. */
  #earliest(proposal: Proposal): { startMs: number; nodes: number[] } | undefined {
    if (proposal.numInstancesFixed > 10_000) return undefined;
    for (let later = 0; later < 24 * 5; later++) {
      const asked = { ...proposal, startMs: proposal.startMs + later * HOUR_MS };
      const nodes: number[] = [];
      for (let node = 0; node < this.#used.length && nodes.length < proposal.numInstancesFixed; node++) {
        for (
          let n = Math.min(this.#free(node, asked), proposal.numInstancesFixed - nodes.length);
          n > 0;
          n--
        ) {
          nodes.push(node);
        }
      }
      if (nodes.length === proposal.numInstancesFixed) return { startMs: asked.startMs, nodes };
    }
    return undefined;
  }

  #free(node: number, { demand, startMs, durationMs }: Proposal): number {
    if (this.#lost[node]) return 0;
    let most = 0;
    const used = this.#used[node]!;
    for (const slot of this.#slotsOf(startMs, durationMs)) most = Math.max(most, used[slot] ?? 0);
    return Math.floor((CAPACITY.milliCpus / 1000 - most) / (demand.milliCpus / 1000));
  }

  #book(nodes: readonly number[], { demand, startMs, durationMs }: Proposal, sign: 1 | -1): void {
    for (const node of nodes) {
      const used = this.#used[node]!;
      for (const slot of this.#slotsOf(startMs, durationMs)) used[slot]! += (sign * demand.milliCpus) / 1000;
    }
  }

  *#slotsOf(startMs: number, durationMs: number): Iterable<number> {
    const first = Math.floor((startMs - this.#startMs) / SLOT_MS);
    const last = Math.ceil((startMs + durationMs - this.#startMs) / SLOT_MS);
    for (let slot = first; slot < last && slot < this.#slots; slot++) yield slot;
  }

  #ceil(ms: number): number {
    return this.#startMs + Math.ceil((ms - this.#startMs) / SLOT_MS) * SLOT_MS;
  }

  #emit(event: EventBody & { readonly atMs: number }): void {
    this.#events.push({ seq: this.#events.length + 1, provider: 'p', ...event } as DomainEvent);
  }

  /** Latest first, so that the next one is at the end. */
  #at(atMs: number, run: () => void): void {
    const entry = { atMs, sequence: this.#sequence++, run };
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#due[middle]!;
      if (other.atMs > atMs || (other.atMs === atMs && other.sequence > entry.sequence)) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, entry);
  }

  /** Uniform in [0, 1): mulberry32. */
  #draw(): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
}

function nodeName(index: number): string {
  return `n${String(index + 1).padStart(3, '0')}`;
}

function piecesOf(nodes: readonly number[]): NodeShare[] {
  const counts = new Map<number, number>();
  for (const node of nodes) counts.set(node, (counts.get(node) ?? 0) + 1);
  return Array.from(counts, ([node, instances]) => ({ nodeId: nodeName(node), instances }));
}
