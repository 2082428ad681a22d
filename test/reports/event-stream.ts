// Writes event streams by hand, tersely: times are hours from the start, everything else has a default.
import type {
  DomainEvent,
  EndReason,
  EventBody,
  FinalState,
  NodeShare,
  Proposal,
  RequestKind,
  Resources,
  RunEnd,
  VmCause,
  VmState,
} from '../../engine/index.ts';

export const START_MS = Date.UTC(2026, 0, 5);
export const HOUR_MS = 3_600_000;

export const TWO_CPUS: Resources = { milliCpus: 2000, memoryMib: 1024, diskGib: 10 };

/** Milliseconds since the epoch, of an hour of the run. */
export function hour(hours: number): number {
  return START_MS + Math.round(hours * HOUR_MS);
}

export function proposal(startHour: number, hours: number, more: Partial<Proposal> = {}): Proposal {
  return {
    type: 'MEDIUM',
    demand: TWO_CPUS,
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: hour(startHour),
    durationMs: hours * HOUR_MS,
    template: 'debian',
    ...more,
  };
}

interface SessionOptions {
  readonly kind?: RequestKind;
  readonly userId?: string;
  readonly runTimeHours?: number;
}

interface EndOptions {
  readonly noShow?: boolean;
  readonly refundMicros?: number;
  readonly penaltyMicros?: number;
}

/** Collects events in the order of the calls; the caller keeps their times in order. */
export class EventStream {
  readonly events: DomainEvent[] = [];

  provider(at: number, diskGib: number | null): this {
    return this.#add({
      type: 'provider-joined',
      atMs: hour(at),
      pool: { diskGib },
      engine: '0',
    });
  }

  node(
    nodeId: string,
    at = 0,
    capacity: Partial<Resources> = {},
    power: [number, number] | null = null,
  ): this {
    return this.#add({
      type: 'node-joined',
      atMs: hour(at),
      nodeId,
      group: 'rack',
      capacity: { milliCpus: 4000, memoryMib: 4096, diskGib: 100, ...capacity },
      power: power === null ? null : { idleW: power[0], peakW: power[1] },
    });
  }

  nodeLeft(at: number, nodeId: string): this {
    return this.#add({ type: 'node-left', atMs: hour(at), nodeId });
  }

  nodeLost(at: number, nodeId: string): this {
    return this.#add({ type: 'node-lost', atMs: hour(at), nodeId, vmsLost: 0 });
  }

  nodeReturned(at: number, nodeId: string): this {
    return this.#add({ type: 'node-returned', atMs: hour(at), nodeId });
  }

  power(at: number, nodeId: string, power: 'off' | 'booting' | 'on'): this {
    return this.#add({ type: 'node-power-changed', atMs: hour(at), nodeId, power });
  }

  drained(at: number, nodeId: string): this {
    return this.#add({ type: 'node-drained', atMs: hour(at), nodeId });
  }

  initiated(
    at: number,
    reservationId: string,
    { kind = 'advance', runTimeHours, userId = 'ada' }: SessionOptions = {},
  ): this {
    const origin = {
      requestId: `q-${reservationId}`,
      kind,
      buyer: 'earliest-slot',
      latestStartMs: null,
      ...(runTimeHours === undefined ? {} : { runTimeMs: runTimeHours * HOUR_MS }),
    };
    return this.#add({ type: 'reservation-initiated', atMs: hour(at), reservationId, userId, origin });
  }

  proposed(at: number, reservationId: string, asked: Proposal, round = 1): this {
    return this.#add({ type: 'proposal-received', atMs: hour(at), reservationId, round, proposal: asked });
  }

  /** Initiated and proposed at once. */
  asked(at: number, reservationId: string, asked: Proposal, options: SessionOptions = {}): this {
    return this.initiated(at, reservationId, options).proposed(at, reservationId, asked);
  }

  accepted(at: number, reservationId: string, priceMicros = 1_000_000, round = 1): this {
    const holdUntilMs = hour(at) + HOUR_MS;
    return this.#add({
      type: 'offer-accepted',
      atMs: hour(at),
      reservationId,
      round,
      priceMicros,
      holdUntilMs,
      pieces: [],
    });
  }

  countered(at: number, reservationId: string, offered: Proposal, priceMicros = 1_000_000, round = 1): this {
    return this.#add({
      type: 'offer-countered',
      atMs: hour(at),
      reservationId,
      round,
      proposal: offered,
      priceMicros,
      holdUntilMs: hour(at) + HOUR_MS,
      pieces: [],
    });
  }

  counterAccepted(at: number, reservationId: string, round = 1): this {
    return this.#add({ type: 'counter-accepted', atMs: hour(at), reservationId, round });
  }

  declined(at: number, reservationId: string, reason: string | null = 'too late'): this {
    this.#add({ type: 'offer-declined', atMs: hour(at), reservationId, round: 1, reason });
    return this.ended(at, reservationId, 'REJECTED', 'declined');
  }

  confirmed(at: number, reservationId: string, agreed: Proposal, priceMicros = 1_000_000): this {
    return this.#add({
      type: 'reservation-confirmed',
      atMs: hour(at),
      reservationId,
      proposal: agreed,
      priceMicros,
      pieces: [{ nodeId: 'n1', instances: agreed.numInstancesFixed }],
    });
  }

  refused(at: number, reservationId: string): this {
    return this.#add({
      type: 'message-refused',
      atMs: hour(at),
      reservationId,
      message: 'CONFIRM',
      reason: 'illegal-in-state',
    });
  }

  activated(at: number, reservationId: string): this {
    return this.#add({ type: 'reservation-activated', atMs: hour(at), reservationId });
  }

  opened(at: number, reservationId: string, agreed: Proposal, pieces: readonly NodeShare[]): this {
    return this.#add({
      type: 'window-opened',
      atMs: hour(at),
      reservationId,
      endMs: agreed.startMs + agreed.durationMs,
      demand: agreed.demand,
      pieces,
    });
  }

  claimed(at: number, reservationId: string, pieces: readonly NodeShare[]): this {
    const granted = pieces.reduce((sum, { instances }) => sum + instances, 0);
    return this.#add({
      type: 'options-claimed',
      atMs: hour(at),
      reservationId,
      asked: granted,
      granted,
      pieces,
    });
  }

  closed(at: number, reservationId: string, agreed: Proposal, pieces: readonly NodeShare[]): this {
    return this.#add({
      type: 'window-closed',
      atMs: hour(at),
      reservationId,
      demand: agreed.demand,
      pieces,
    });
  }

  moved(at: number, reservationId: string, from: string, to: string, windowOpen: boolean): this {
    return this.#add({
      type: 'instance-moved',
      atMs: hour(at),
      reservationId,
      instance: 1,
      fromNodeId: from,
      toNodeId: to,
      demand: TWO_CPUS,
      windowOpen,
      cause: 'node-lost',
    });
  }

  vm(
    at: number,
    reservationId: string,
    change: {
      readonly from: VmState;
      readonly to: VmState;
      readonly nodeId?: string;
      readonly cause?: VmCause;
      readonly loadPermille?: number;
      readonly vmId?: string;
    },
  ): this {
    const {
      from,
      to,
      nodeId = 'n1',
      cause = 'operation',
      loadPermille = to === 'RUNNING' ? 500 : 0,
    } = change;
    return this.#add({
      type: 'vm-state-changed',
      atMs: hour(at),
      reservationId,
      vmId: change.vmId ?? `${reservationId}/1`,
      nodeId,
      from,
      to,
      cause,
      demand: TWO_CPUS,
      loadPermille,
    });
  }

  migrated(
    at: number,
    reservationId: string,
    from: string,
    to: string,
    downtimeMs: number | null = 1000,
  ): this {
    return this.#add({
      type: 'vm-migrated',
      atMs: hour(at),
      reservationId,
      vmId: `${reservationId}/1`,
      fromNodeId: from,
      toNodeId: to,
      startedMs: hour(at) - 30_000,
      // null: the hypervisor does not tell.
      downtimeMs: downtimeMs as number,
      memoryMib: TWO_CPUS.memoryMib,
      loadPermille: 500,
      demand: TWO_CPUS,
    });
  }

  ended(
    at: number,
    reservationId: string,
    state: FinalState,
    reason: EndReason,
    { noShow = false, refundMicros = 0, penaltyMicros = 0 }: EndOptions = {},
  ): this {
    return this.#add({
      type: 'reservation-ended',
      atMs: hour(at),
      reservationId,
      state,
      reason,
      noShow,
      refundMicros,
      penaltyMicros,
    });
  }

  finished(at: number, reason: RunEnd = 'complete'): this {
    return this.#add({ type: 'run-finished', atMs: hour(at), reason });
  }

  #add(event: EventBody & { readonly atMs: number }): this {
    this.events.push({ seq: this.events.length + 1, provider: 'p', ...event } as DomainEvent);
    return this;
  }
}
