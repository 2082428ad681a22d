// What the provider offers instead of what was asked for, held as a capacity block until somebody purchases it or the hold is over.
import type { AccountRecord, Ec2GroupRecord, Ec2SlotRecord, Ec2Terms } from '../records.ts';
import { giveUp } from '../service/giving-up.ts';
import { type Capacity, estateOf } from './estate.ts';
import { newId } from './ids.ts';
import type { Ec2Parts } from './request.ts';
import { hold, type Wanted } from './slots.ts';

export function placeOf(reservationId: string, { groupId, userId }: Ec2GroupRecord): Ec2SlotRecord {
  return { reservationId, userId, capacityId: groupId, launchId: null, launchIndex: 0 };
}

/**
 * Holds it. Whoever asks for the same again gets the same offering: it is not held twice.
 * @returns undefined when it is not to be had
 */
export async function holdOffering(
  { terms, wanted }: { readonly wanted: Wanted; readonly terms: Ec2Terms },
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<Ec2GroupRecord | undefined> {
  const { service, store } = parts;
  const { durationMs, numInstancesFixed: count, startMs } = wanted;
  const { offerings } = await estateOf(account, parts);
  const isSame = ({ group, places }: Capacity) =>
    places.length === count &&
    group.terms.endMs! - group.terms.startMs! === durationMs &&
    places[0]?.reservation.proposal?.type === wanted.type &&
    places[0]?.reservation.proposal?.template === wanted.template;
  for (const same of offerings.filter(isSame)) {
    if (same.startMs <= startMs) return same.group;
    for (const { slot } of same.places) await giveUp(slot.reservationId, account, parts);
    await store.forget(same.group);
  }
  const held = await hold(wanted, account, parts);
  if (held === undefined) return undefined;
  const { holdUntilMs, priceMicros, reservationIds } = held;
  const { imageId, instanceType, matches = 'targeted', platform = 'Linux/UNIX' } = terms;
  const group: Ec2GroupRecord = {
    groupId: newId('cb'),
    userId: account.userId,
    kind: 'offering',
    createdMs: service.now(),
    token: null,
    fingerprint: '',
    isSettled: true,
    terms: {
      instanceType,
      imageId,
      matches,
      platform,
      count,
      startMs,
      endMs: startMs + durationMs,
      holdUntilMs,
      priceMicros,
    },
  };
  await store.save(
    [group],
    reservationIds.map((id) => placeOf(id, group)),
  );
  return group;
}
