// What would become of the instances on a node if it were taken out of service: decided by a copy of the provider, so that it is what would be
// decided. Up to when a maintenance begins the copy goes on on simulated nodes, in virtual time. The provider itself is not touched.
import type { Command, DomainEvent, Outage, Provider, ProviderSnapshot } from '../../../engine/index.ts';
import type { ServedProvider } from '../../../scenarios/load/served-provider.ts';
import { forkOf } from './fork.ts';

/**
 * moves: to another node. stands-still: it has begun, and nothing else has room for it; it goes on when something has. stays: it can neither
 * be moved nor suspended, and runs on. no-room: it is to begin meanwhile and has no other place yet; then it fails, unless room comes free. ends:
 * its reservation fails.
 */
export type Fate = 'moves' | 'stands-still' | 'stays' | 'no-room' | 'ends';

export interface ForecastInstance {
  readonly reservationId: string;
  readonly userId: string;
  /** From 1. */
  readonly instance: number;
  /** Null: it has not begun. */
  readonly vmId: string | null;
  readonly fate: Fate;
  /** Where it goes, of one that moves. */
  readonly toNodeId: string | null;
  readonly startMs: number;
  readonly endMs: number;
}

export interface OutageForecast {
  readonly fromMs: number;
  /** Null: nobody knows when it is over. */
  readonly untilMs: number | null;
  /** In the order of the reservations. Those whose time is over before, or begins afterwards, keep their place and are left out. */
  readonly instances: readonly ForecastInstance[];
  /** What would be paid back to users, and on top. */
  readonly refundMicros: number;
  readonly penaltyMicros: number;
}

/** Half-open; without a beginning it is a drain, from now on. */
export interface AskedOutage {
  readonly nodeId: string;
  readonly fromMs?: number | undefined;
  /** null: nobody knows; undefined: after the assumed repair time */
  readonly untilMs?: number | null | undefined;
}

const MAINTENANCE_ID = 'forecast';

/**
 * What is asked for until a maintenance begins is not known, and nothing fails until then.
 * @param snapshot of the provider as it is; the instant of the forecast is `nowMs`, not earlier
 */
export function forecastOutage(
  { cluster, setup }: Pick<ServedProvider, 'cluster' | 'setup'>,
  snapshot: ProviderSnapshot,
  asked: AskedOutage,
  nowMs: number,
): OutageForecast {
  const { fromMs, nodeId } = asked;
  const nodeIds = cluster.nodes.map((node) => node.nodeId);
  const failed = new Set<string>();
  const staying = new Set<string>();
  let refundMicros = 0;
  let penaltyMicros = 0;
  const hear = (event: DomainEvent) => {
    if (event.type === 'node-not-emptied') staying.add(event.vmId);
    if (event.type !== 'reservation-ended' || event.state !== 'FAILED') return;
    failed.add(event.reservationId);
    refundMicros += event.refundMicros;
    penaltyMicros += event.penaltyMicros;
  };
  const { clock, copy, queue } = forkOf({ cluster, setup }, snapshot, hear);
  clock.runUntil(nowMs);
  const node = nodeIds.indexOf(nodeId);
  const beginsMs = fromMs ?? nowMs;
  const there = [...copy.reservations()].flatMap((reservation) =>
    reservation.instances
      .filter(({ place }) => place.nodeIndex === node && place.endMs > beginsMs)
      .map((instance) => ({ ...instance.place, instance, reservation })),
  );
  queue.execute(commandOf(asked), () => undefined);
  clock.runUntil(beginsMs);
  const outage = outageOf(copy, node, fromMs);
  const backMs = outage?.untilMs ?? null;
  const instances = there.flatMap(({ endMs, instance, reservation, startMs }): ForecastInstance[] => {
    const { place, vm } = instance;
    const hasMoved = place.nodeIndex !== node;
    const fate: Fate | undefined = failed.has(reservation.id)
      ? 'ends'
      : hasMoved
        ? 'moves'
        : copy.reservation(reservation.id) === undefined
          ? undefined
          : vm === undefined
            ? startMs < (backMs ?? Number.POSITIVE_INFINITY)
              ? 'no-room'
              : undefined
            : staying.has(vm.id)
              ? 'stays'
              : vm.parkedSinceMs !== undefined
                ? 'stands-still'
                : undefined;
    if (fate === undefined) return [];
    return [
      {
        reservationId: reservation.id,
        userId: reservation.userId,
        instance: instance.number,
        vmId: vm?.id ?? null,
        fate,
        toNodeId: fate === 'moves' ? nodeIds[place.nodeIndex]! : null,
        startMs,
        endMs,
      },
    ];
  });
  return { fromMs: beginsMs, untilMs: backMs, instances, refundMicros, penaltyMicros };
}

function commandOf({ fromMs, nodeId, untilMs }: AskedOutage): Command {
  return fromMs === undefined || typeof untilMs !== 'number'
    ? { name: 'drain', nodeId, ...(untilMs === undefined ? {} : { untilMs }) }
    : { name: 'plan-maintenance', maintenanceId: MAINTENANCE_ID, nodeId, fromMs, untilMs };
}

function outageOf(copy: Provider, node: number, fromMs: number | undefined): Outage | undefined {
  const cause = fromMs === undefined ? 'drained' : 'maintenance';
  return copy
    .nodeConditions()
    [node]!.outages.find(
      (outage) => outage.cause === cause && (fromMs === undefined || outage.fromMs === fromMs),
    );
}
