// What the provider offers instead of what was asked for, held as a capacity block until somebody purchases it or the hold is over.
import type { AccountRecord, Ec2GroupRecord, Ec2SlotRecord, Ec2Terms } from '../records.ts';
import { estateOf } from './estate.ts';
import { newId } from './ids.ts';
import type { Ec2Parts } from './request.ts';
import { hold, type Wanted } from './slots.ts';

/** Its terms, and what is said of it beside them. */
interface Offered {
  readonly wanted: Wanted;
  readonly terms: Ec2Terms;
}

/** Of one that is asked for as such. */
const MATCHES = 'targeted';

export function placeOf(reservationId: string, { groupId, userId }: Ec2GroupRecord): Ec2SlotRecord {
  return { reservationId, userId, capacityId: groupId, launchId: null, launchIndex: 0 };
}

/** @returns the first one that is held and alike, and begins from `fromMs` to `untilMs`: whoever asks for the same again is not held another */
export async function heldOffering(
  {
    fromMs,
    terms: { matches = MATCHES },
    untilMs,
    wanted,
  }: Offered & { readonly fromMs: number; readonly untilMs: number },
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<Ec2GroupRecord | undefined> {
  const { offerings } = await estateOf(account, parts);
  const alike = offerings.filter(({ endMs, group, places, startMs }) => {
    const like = places[0]?.reservation.proposal;
    return (
      startMs >= fromMs &&
      startMs <= untilMs &&
      endMs - startMs === wanted.durationMs &&
      places.length === wanted.numInstancesFixed &&
      like?.type === wanted.type &&
      like.template === wanted.template &&
      group.terms.matches === matches
    );
  });
  return alike.sort((a, b) => a.startMs - b.startMs)[0]?.group;
}

/** @returns undefined when it is not to be had */
export async function holdOffering(
  { terms, wanted }: Offered,
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<Ec2GroupRecord | undefined> {
  const { service, store } = parts;
  const { durationMs, numInstancesFixed: count, startMs } = wanted;
  const held = await hold(wanted, account, parts);
  if (held === undefined) return undefined;
  const { holdUntilMs, priceMicros, reservationIds } = held;
  const { imageId, instanceType, matches = MATCHES, platform = 'Linux/UNIX' } = terms;
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
