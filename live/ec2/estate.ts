// All that an account has, as users of EC2 see it: every VM of a reservation, whoever made that and how, and capacity reservations and
// offerings made here. Put together from what is committed; nothing is remembered.
import { isFinal } from '../../engine/index.ts';
import type { HeldInstance, HeldReservation, Holdings } from '../database/ec2-store.ts';
import type { AccountRecord, Ec2GroupRecord, Ec2SlotRecord } from '../records.ts';
import { vmIdOf } from '../vm-id.ts';
import { byKey, orderKey } from './filters.ts';
import { imageIdOf, instanceIdOf, launchIdOf } from './ids.ts';
import type { Ec2Parts } from './request.ts';
import type { Tag } from './tags.ts';

/** What is gone is shown for so long, of the service's time. */
const SHOWN_AFTER_MS = 3_600_000;

export const STATE_CODES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;
export type StateName = keyof typeof STATE_CODES;

export interface Ec2Instance {
  readonly instanceId: string;
  readonly vmId: string;
  /** Undefined: not launched yet. */
  readonly vm: HeldInstance['vm'] | undefined;
  readonly reservation: HeldReservation;
  /** Undefined: it was not made here. */
  readonly slot: Ec2SlotRecord | undefined;
  readonly launch: Ec2GroupRecord | undefined;
  readonly launchId: string;
  readonly launchIndex: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly state: StateName;
  readonly launchMs: number;
  readonly endMs: number;
  readonly tags: readonly Tag[];
}

/** A place of a capacity reservation, or of an offering. */
export interface Place {
  readonly slot: Ec2SlotRecord;
  readonly reservation: HeldReservation;
}

export interface Capacity {
  readonly group: Ec2GroupRecord;
  readonly state: 'scheduled' | 'active' | 'expired' | 'cancelled' | 'failed';
  /** Those that it has, launched into or not. */
  readonly places: readonly Place[];
  /** Those that nothing is launched into. */
  readonly free: readonly Place[];
  readonly startMs: number;
  readonly endMs: number;
  readonly tags: readonly Tag[];
}

export interface Estate {
  /** In the order in which they were launched. */
  readonly instances: readonly Ec2Instance[];
  readonly capacities: readonly Capacity[];
  /** Held, and not bought yet. */
  readonly offerings: readonly Capacity[];
  tagsOf(resourceId: string): readonly Tag[];
}

export const instanceKey = ({ instanceId, launchId, launchIndex, launchMs }: Ec2Instance): string =>
  orderKey(launchMs, launchId, launchIndex, instanceId);

export const capacityKey = ({ group: { createdMs, groupId } }: Capacity): string =>
  orderKey(createdMs, groupId);

export async function estateOf(
  { userId }: Pick<AccountRecord, 'userId'>,
  { service, store }: Pick<Ec2Parts, 'service' | 'store'>,
): Promise<Estate> {
  const nowMs = service.now();
  return putTogether(await store.holdings(userId, nowMs - SHOWN_AFTER_MS), nowMs);
}

export function putTogether(holdings: Holdings, nowMs: number): Estate {
  const tags = new Map<string, Tag[]>();
  for (const { key, resourceId, value } of holdings.tags)
    tags.set(resourceId, [...(tags.get(resourceId) ?? []), { key, value }]);
  const tagsOf = (resourceId: string) => tags.get(resourceId) ?? [];
  const groups = new Map(holdings.groups.map((group) => [group.groupId, group]));
  const reservations = new Map(holdings.reservations.map((each) => [each.reservationId, each]));
  const instances = instancesOf(holdings, groups, tagsOf);
  const places = new Map<string, Place[]>();
  for (const slot of holdings.slots) {
    const { capacityId, reservationId } = slot;
    if (capacityId === null) continue;
    places.set(capacityId, [
      ...(places.get(capacityId) ?? []),
      { slot, reservation: reservations.get(reservationId)! },
    ]);
  }
  const capacities = [...places].flatMap(([groupId, ofGroup]) => {
    const group = groups.get(groupId);
    return group === undefined ? [] : [capacityOf(group, ofGroup, nowMs, tagsOf(groupId))];
  });
  return {
    instances: instances.sort(byKey(instanceKey)),
    capacities: capacities.filter(({ group }) => group.kind === 'capacity').sort(byKey(capacityKey)),
    offerings: capacities
      .filter(({ group, places }) => group.kind === 'offering' && places.every(isHeld))
      .sort(byKey(capacityKey)),
    tagsOf,
  };
}

function instancesOf(
  { instances, reservations, slots }: Holdings,
  groups: ReadonlyMap<string, Ec2GroupRecord>,
  tagsOf: (id: string) => readonly Tag[],
): Ec2Instance[] {
  const slotOf = new Map(slots.map((slot) => [slot.reservationId, slot]));
  const vmsOf = new Map<string, HeldInstance[]>();
  for (const vm of instances) vmsOf.set(vm.reservationId, [...(vmsOf.get(vm.reservationId) ?? []), vm]);
  return reservations.flatMap((reservation): Ec2Instance[] => {
    const { confirmedMs, proposal, reservationId } = reservation;
    const slot = slotOf.get(reservationId);
    if (proposal === null || confirmedMs === null) return [];
    // A place that nothing is launched into, whether the provider has a VM there by itself or not.
    if (slot !== undefined && slot.launchId === null) return [];
    const launch = slot?.launchId == null ? undefined : groups.get(slot.launchId);
    const vms = vmsOf.get(reservationId) ?? [];
    const known = vms.map(({ number, vm }) => ({ number, vm, vmId: vm.vmId }));
    // One that is not there yet has its id all the same.
    const all =
      slot !== undefined && known.length === 0
        ? [{ number: 1, vm: undefined, vmId: vmIdOf(reservationId, 1) }]
        : known;
    const { durationMs, startMs, template, type } = proposal;
    return all.map(({ number, vm, vmId }) => {
      const instanceId = instanceIdOf(vmId);
      return {
        instanceId,
        vmId,
        vm,
        reservation,
        slot,
        launch,
        launchId: launch?.groupId ?? launchIdOf(reservationId),
        launchIndex: slot?.launchIndex ?? number - 1,
        imageId: launch?.terms.imageId ?? imageIdOf(template),
        instanceType: launch?.terms.instanceType ?? type,
        state: stateOf(vm, reservation),
        launchMs: Math.max(launch?.createdMs ?? confirmedMs, startMs),
        endMs: startMs + durationMs,
        tags: tagsOf(instanceId),
      };
    });
  });
}

function stateOf(vm: HeldInstance['vm'] | undefined, { state }: HeldReservation): StateName {
  if (vm === undefined) return isFinal(state) ? 'terminated' : 'pending';
  const isUp = vm.state === 'RUNNING' || vm.state === 'PAUSED' || vm.state === 'UNDER_MIGRATION';
  if (vm.state === 'DELETED') return 'terminated';
  if (vm.wanted === 'deleted') return 'shutting-down';
  if (isFinal(state)) return isUp ? 'shutting-down' : 'terminated';
  if (vm.wanted === 'running') return isUp ? 'running' : 'pending';
  return isUp ? 'stopping' : 'stopped';
}

function capacityOf(
  group: Ec2GroupRecord,
  all: readonly Place[],
  nowMs: number,
  tags: readonly Tag[],
): Capacity {
  const { endMs = 0, isCancelled, startMs = 0 } = group.terms;
  const places = group.kind === 'offering' ? all : all.filter(isThere);
  const hasFailed = all.every(({ reservation }) => reservation.state === 'FAILED');
  const state = (): Capacity['state'] => {
    if (isCancelled) return 'cancelled';
    if (hasFailed) return 'failed';
    if (nowMs >= endMs || places.length === 0) return 'expired';
    return nowMs < startMs ? 'scheduled' : 'active';
  };
  const free = isCancelled ? [] : places.filter(({ slot }) => slot.launchId === null);
  return { group, state: state(), places, free, startMs, endMs, tags };
}

function isThere({ reservation: { state } }: Place): boolean {
  return state === 'CONFIRMED' || state === 'ACTIVATED';
}

function isHeld({ reservation: { state } }: Place): boolean {
  return state === 'ACCEPTED';
}
