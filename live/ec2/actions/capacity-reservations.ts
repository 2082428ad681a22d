// Capacity reservations: OpenPEX's own trade in EC2's words. Each is as many reservations of one instance as it has places; they are
// confirmed together, and activated one by one as instances are launched into them.
import type { Proposal } from '../../../engine/index.ts';
import type { AccountRecord, Ec2GroupRecord, Ec2Terms } from '../../records.ts';
import { giveUp } from '../../service/giving-up.ts';
import { Ec2Error, invalidValue } from '../errors.ts';
import { type Capacity, capacityKey, estateOf } from '../estate.ts';
import { filtered, named, paged } from '../filters.ts';
import { establish, type Identity, identityOf, once } from '../groups.ts';
import { imageIdOf, newId } from '../ids.ts';
import { readImage, readInstanceType } from '../offered.ts';
import { heldOffering, holdOffering, placeOf } from '../offerings.ts';
import { type Action, type Ec2Parts, type Ec2Request, ownerOf, ZONE } from '../request.ts';
import {
  checkSold,
  credits,
  type HeldSlots,
  hold,
  MOST_AT_ONCE,
  quoteInWords,
  termsInWords,
  type Wanted,
} from '../slots.ts';
import { imageTagOf, type Tag, tagsFor, timesOf } from '../tags.ts';
import type { XmlValue } from '../xml.ts';
import { checkZone } from './run-instances.ts';

const NOT_FOUND = 'InvalidCapacityReservationId.NotFound';

export const createCapacityReservation: Action = async (request, parts) => {
  const { account, parameters } = request;
  const { service } = parts;
  const instanceType = parameters.required('InstanceType');
  const { demand, type } = readInstanceType(instanceType, service);
  const platform = parameters.required('InstancePlatform');
  parameters.required('InstanceCount');
  const count = parameters.whole('InstanceCount', { min: 1, max: MOST_AT_ONCE })!;
  checkZone(parameters.text('AvailabilityZone'));
  parameters.choice('Tenancy', ['default']);
  parameters.choice('DeliveryPreference', ['fixed']);
  parameters.overlook('EbsOptimized', 'EphemeralStorage');
  const matches = parameters.choice('InstanceMatchCriteria', ['open', 'targeted']) ?? 'open';
  const tags = tagsFor('capacity-reservation', parameters);
  const image = readImage(imageTagOf(tags), service);
  const { durationMs, startMs } = spanOf(request, tags, parts);
  const wanted: Wanted = {
    type,
    demand,
    template: image.name,
    numInstancesFixed: count,
    numInstancesOption: 0,
    startMs,
    durationMs,
  };
  const identity = identityOf(request, parameters.text('ClientToken'));
  request.beforeChange();
  const group = await once(request, parts, identity, async () => {
    const made = newCapacity(
      {
        instanceType,
        imageId: imageIdOf(image.name),
        platform,
        matches,
        count,
        startMs,
        endMs: startMs + durationMs,
      },
      identity,
      account,
      parts,
    );
    const held = await hold(wanted, account, parts);
    const isMade = held !== undefined && (await keep(made, held.reservationIds, tags, account, parts));
    if (!isMade) throw await otherwise(wanted, made, account, parts);
    return made;
  });
  return { capacityReservation: await answerOf(group.groupId, account, parts) };
};

/** Not stored yet. */
export function newCapacity(
  terms: Ec2Terms,
  identity: Identity,
  { userId }: AccountRecord,
  { service }: Ec2Parts,
): Ec2GroupRecord {
  return {
    groupId: newId('cr'),
    userId,
    kind: 'capacity',
    createdMs: service.now(),
    isSettled: false,
    ...identity,
    terms,
  };
}

/** Confirms what is held as its places, and stores it; false when that could not be: then nothing of it is left. */
export async function keep(
  group: Ec2GroupRecord,
  held: readonly string[],
  tags: readonly Tag[],
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<boolean> {
  const slots = held.map((reservationId) => placeOf(reservationId, group));
  const tagged = tags.map((tag) => ({ ...tag, resourceId: group.groupId }));
  return establish(account, parts, { group, slots, tags: tagged, held });
}

/** EC2 has no counter-offer. What could be had instead is held as a capacity block, and the error says which. */
async function otherwise(
  wanted: Wanted,
  { terms }: Ec2GroupRecord,
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<Ec2Error> {
  const { durationMs, numInstancesFixed, startMs, type } = wanted;
  const words = `There is no room for ${numInstancesFixed} ${type} from ${iso(startMs)} to ${iso(startMs + durationMs)}.`;
  const quote = parts.service.quote(wanted);
  checkSold(quote, parts);
  if (quote.reply === 'REJECT')
    return new Ec2Error('InsufficientInstanceCapacity', `${words} ${quoteInWords(quote)}`);
  const offered = { wanted: quote.proposal, terms };
  const span = { fromMs: Math.min(startMs, quote.proposal.startMs), untilMs: quote.proposal.startMs };
  const offering =
    (await heldOffering({ ...offered, ...span }, account, parts)) ??
    (await holdOffering(offered, account, parts));
  if (offering === undefined) return new Ec2Error('InsufficientInstanceCapacity', words);
  const { groupId, terms: held } = offering;
  const { holdUntilMs = 0, priceMicros = 0 } = held;
  const offer = { ...quote.proposal, startMs: held.startMs! };
  return new Ec2Error(
    'InsufficientInstanceCapacity',
    `${words} On offer as ${groupId}: ${termsInWords(offer, priceMicros)}, held until ${iso(holdUntilMs)}. ` +
      `PurchaseCapacityBlock with CapacityBlockOfferingId ${groupId} takes it.`,
  );
}

/** @throws Ec2Error when what is said of start and end does not go together */
function spanOf(
  { parameters }: Ec2Request,
  tags: readonly Tag[],
  { lastingMs, service }: Ec2Parts,
): Pick<Proposal, 'durationMs' | 'startMs'> {
  const tagged = timesOf(tags);
  const nowMs = service.now();
  const endDate = parameters.instant('EndDate');
  const endDateType = parameters.choice('EndDateType', ['limited', 'unlimited']);
  if (endDateType === 'limited' && endDate === undefined)
    throw new Ec2Error('InvalidParameterCombination', 'EndDateType limited needs an EndDate.');
  if (endDateType === 'unlimited' && endDate !== undefined)
    throw new Ec2Error('InvalidParameterCombination', 'EndDateType unlimited has no EndDate.');
  const start = onlyOne({ StartDate: parameters.instant('StartDate'), 'openpex:start': tagged.startMs });
  const end = onlyOne({
    EndDate: endDate,
    'openpex:end': tagged.endMs,
    'openpex:duration': tagged.durationMs,
  });
  const startMs = start?.value ?? nowMs;
  if (startMs < nowMs) throw invalidValue(start!.name, iso(startMs), 'a date that lies ahead');
  const lastingLongest = Math.min(lastingMs, service.settings.longestDurationMs);
  const endMs = endDate ?? tagged.endMs ?? startMs + (tagged.durationMs ?? lastingLongest);
  if (endMs <= startMs) throw invalidValue(end!.name, iso(endMs), `a date after ${iso(startMs)}`);
  return { startMs, durationMs: endMs - startMs };
}

/** @throws Ec2Error when several say the same, and one of them would be overlooked */
function onlyOne(
  values: Readonly<Record<string, number | undefined>>,
): { readonly name: string; readonly value: number } | undefined {
  const [said, other] = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  );
  if (other === undefined) return said;
  throw new Ec2Error('InvalidParameterCombination', `${said!.name} and ${other.name} exclude each other.`);
}

export const describeCapacityReservations: Action = async ({ account, parameters }, parts) => {
  const { capacities } = await estateOf(account, parts);
  const asked = named(capacities, parameters.list('CapacityReservationId'), {
    idOf: ({ group }) => group.groupId,
    code: NOT_FOUND,
    what: 'capacity reservation',
  });
  const matching = filtered(
    asked,
    parameters,
    {
      'instance-type': ({ group }) => group.terms.instanceType,
      'owner-id': () => ownerOf(account),
      'instance-platform': ({ group }) => group.terms.platform,
      'availability-zone': () => ZONE,
      tenancy: () => 'default',
      state: ({ state }) => state,
      'start-date': ({ startMs }) => iso(startMs),
      'end-date': ({ endMs }) => iso(endMs),
      'end-date-type': () => 'limited',
      'instance-match-criteria': ({ group }) => group.terms.matches,
    },
    ({ tags }) => tags,
  );
  const { nextToken, page } = paged(matching, parameters, capacityKey);
  return { capacityReservationSet: page.map((capacity) => capacityAnswer(capacity, account)), nextToken };
};

export const getCapacityReservationUsage: Action = async ({ account, parameters }, parts) => {
  const { free, group, places, state } = await find(
    parameters.required('CapacityReservationId'),
    account,
    parts,
  );
  const used = places.length - free.length;
  return {
    capacityReservationId: group.groupId,
    instanceType: group.terms.instanceType,
    totalInstanceCount: places.length,
    availableInstanceCount: free.length,
    state,
    instanceUsageSet: used === 0 ? [] : [{ accountId: ownerOf(account), usedInstanceCount: used }],
  };
};

/** Places that nothing runs on are given back; what runs goes on to the end of its place. */
export const cancelCapacityReservation: Action = async (request, parts) => {
  const { account, parameters } = request;
  const id = parameters.required('CapacityReservationId');
  await find(id, account, parts);
  request.beforeChange();
  await parts.turns.take(account.userId, async () => {
    const { free, group } = await find(id, account, parts);
    await parts.store.save([{ ...group, terms: { ...group.terms, isCancelled: true } }], []);
    await Promise.all(free.map(({ slot }) => giveUp(slot.reservationId, account, parts)));
  });
  return { return: true };
};

export const modifyCapacityReservation: Action = async (request, parts) => {
  const { account, parameters } = request;
  const id = parameters.required('CapacityReservationId');
  const count = parameters.whole('InstanceCount', { min: 1, max: MOST_AT_ONCE });
  const startMs = parameters.instant('StartDate');
  const endMs = parameters.instant('EndDate');
  const endDateType = parameters.choice('EndDateType', ['limited', 'unlimited']);
  if (endDateType === 'unlimited')
    throw new Ec2Error(
      'InvalidParameterCombination',
      'Every capacity reservation here has an end: say which, with EndDate.',
    );
  parameters.flag('Accept');
  parameters.flag('AcceptModificationTerms');
  if (count === undefined && startMs === undefined && endMs === undefined)
    throw new Ec2Error('MissingParameter', 'The request must contain InstanceCount, StartDate or EndDate');
  await find(id, account, parts);
  request.beforeChange();
  await parts.turns.take(account.userId, async () => {
    const capacity = await find(id, account, parts);
    if (capacity.state !== 'scheduled' && capacity.state !== 'active')
      throw new Ec2Error(
        'InvalidCapacityReservationState',
        `The capacity reservation '${id}' is ${capacity.state}.`,
      );
    const changed = { startMs: startMs ?? capacity.startMs, endMs: endMs ?? capacity.endMs };
    await modify(capacity, { ...changed, count: count ?? capacity.places.length }, account, parts);
  });
  return { return: true };
};

/** All of it, or nothing: new places are held and the changes of the others on offer before one is confirmed. */
async function modify(
  capacity: Capacity,
  asked: { readonly startMs: number; readonly endMs: number; readonly count: number },
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<void> {
  const { free, group, places } = capacity;
  const { service, store } = parts;
  const { count, endMs, startMs } = asked;
  if (endMs <= startMs) throw invalidValue('EndDate', iso(endMs), `a date after ${iso(startMs)}`);
  const less = places.length - count;
  if (less > free.length)
    throw new Ec2Error(
      'InvalidParameterValue',
      `InstanceCount: ${places.length - free.length} instances run in '${group.groupId}', more than ${count}.`,
    );
  const given = less > 0 ? free.slice(-less) : [];
  const added = less < 0 ? await holdMore(capacity, { ...asked, count: -less }, account, parts) : undefined;
  const held = added?.reservationIds ?? [];
  let costMicros = 0;
  try {
    const kept = places.filter((place) => !given.includes(place));
    const isMoved = startMs !== capacity.startMs || endMs !== capacity.endMs;
    const changes = isMoved ? await offerChanges(capacity, kept, asked, added, account, parts) : undefined;
    costMicros = changes?.costMicros ?? added?.priceMicros ?? 0;
    await store.save(
      [],
      held.map((id) => placeOf(id, group)),
    );
    // In one breath, so that nobody has anything in between.
    const replies = [
      ...held.map((id) => service.reply(account, id, { reply: 'CONFIRM' })),
      ...(changes?.ids ?? []).map((id) => service.answerChange(account, id, 'CONFIRM')),
    ];
    const done = await Promise.allSettled(replies);
    const failure = done.find((each) => each.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    if (done.some((each) => each.status === 'fulfilled' && each.value.reply !== 'REQUEST_SUCCESS'))
      throw new Ec2Error('InsufficientInstanceCapacity', `A place of '${group.groupId}' was lost meanwhile.`);
  } catch (error) {
    await Promise.all(held.map((id) => giveUp(id, account, parts)));
    throw error;
  }
  await store.save(
    [
      {
        ...group,
        terms: { ...group.terms, count, startMs, endMs, ...priceOf(group, given.length, costMicros) },
      },
    ],
    given.map(({ slot }) => ({ ...slot, capacityId: null })),
  );
  await Promise.all(given.map(({ slot }) => giveUp(slot.reservationId, account, parts)));
}

/** Of all places, where it is told: those that are given back cost as much as any. */
function priceOf(
  { terms: { count = 1, priceMicros } }: Ec2GroupRecord,
  given: number,
  costMicros: number,
): Pick<Ec2Terms, 'priceMicros'> {
  if (priceMicros === undefined) return {};
  return { priceMicros: priceMicros - Math.round((priceMicros / count) * given) + costMicros };
}

/** @throws Ec2Error InsufficientInstanceCapacity when there is no room for so many more */
async function holdMore(
  { group, places }: Capacity,
  { count, endMs, startMs }: { readonly startMs: number; readonly endMs: number; readonly count: number },
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<HeldSlots> {
  const fromMs = Math.max(startMs, parts.service.now());
  const like = places[0]!.reservation.proposal!;
  const wanted = { ...like, numInstancesFixed: count, startMs: fromMs, durationMs: endMs - fromMs };
  const held = await hold(wanted, account, parts);
  if (held !== undefined) return held;
  const quote = parts.service.quote(wanted);
  checkSold(quote, parts);
  throw new Ec2Error(
    'InsufficientInstanceCapacity',
    `There is no room for ${count} more in '${group.groupId}'. ${quoteInWords(quote)}`,
  );
}

/**
 * Every place from the new start to the new end.
 * @returns all of them, whose changes are on offer, and what these and the new places cost
 * @throws Ec2Error when not all can be had or paid for: then none is on offer
 */
async function offerChanges(
  capacity: Capacity,
  kept: Capacity['places'],
  { endMs, startMs }: { readonly startMs: number; readonly endMs: number },
  added: HeldSlots | undefined,
  account: AccountRecord,
  { service }: Ec2Parts,
): Promise<{ readonly ids: readonly string[]; readonly costMicros: number }> {
  const asked = kept.map(({ reservation: { proposal, reservationId } }) => {
    // One that took the rest of another began later.
    const beganMs = startMs === capacity.startMs ? proposal!.startMs : startMs;
    const moved = beganMs === proposal!.startMs ? {} : { startMs: beganMs };
    return service.change(account, reservationId, { ...moved, durationMs: endMs - beganMs });
  });
  const answers = await Promise.allSettled(asked);
  const offers = answers.flatMap((answer, i) => {
    const id = kept[i]!.slot.reservationId;
    return answer.status === 'fulfilled' ? [{ id, reply: answer.value }] : [];
  });
  const costMicros = offers.reduce(
    (sum, { reply }) => sum + ((reply.reply === 'ACCEPT' && reply.differenceMicros) || 0),
    added?.priceMicros ?? 0,
  );
  const { balanceMicros = 0 } = account;
  const isPayable = costMicros <= Math.max(0, balanceMicros);
  const ids = kept.map(({ slot }) => slot.reservationId);
  if (offers.length === ids.length && offers.every(({ reply }) => reply.reply === 'ACCEPT') && isPayable)
    return { ids, costMicros };
  const open = offers.filter(({ reply }) => reply.reply === 'ACCEPT' || reply.reply === 'COUNTER');
  await Promise.all(open.map(({ id }) => service.answerChange(account, id, 'REJECT')));
  const failure = answers.find((answer) => answer.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  const stands = 'it stands as it did.';
  const { groupId } = capacity.group;
  if (offers.every(({ reply }) => reply.reply === 'ACCEPT'))
    throw new Ec2Error(
      'InstanceLimitExceeded',
      `The change of '${groupId}' costs ${credits(costMicros)} credits, and the account has ${credits(balanceMicros)}; ${stands}`,
    );
  const why = offers.flatMap(({ reply }) => {
    if (reply.reply === 'COUNTER')
      return [`What could be had for a place: ${termsInWords(reply.proposal, reply.priceMicros)}.`];
    return 'reason' in reply ? [`The provider refuses: ${reply.reason}.`] : [];
  });
  throw new Ec2Error(
    'InsufficientInstanceCapacity',
    `'${groupId}' cannot be from ${iso(startMs)} to ${iso(endMs)} with all of its places; ${stands} ${why[0] ?? 'A place was lost.'}`,
  );
}

/** @throws Ec2Error InvalidCapacityReservationId.NotFound */
async function find(id: string, account: AccountRecord, parts: Ec2Parts): Promise<Capacity> {
  const { capacities } = await estateOf(account, parts);
  const found = capacities.find(({ group }) => group.groupId === id);
  if (found !== undefined) return found;
  throw new Ec2Error(NOT_FOUND, `The capacity reservation '${id.slice(0, 100)}' does not exist`);
}

export async function answerOf(id: string, account: AccountRecord, parts: Ec2Parts): Promise<XmlValue> {
  return capacityAnswer(await find(id, account, parts), account);
}

/** Start and end are said in full, so that a date that a client has lost is seen. */
function capacityAnswer(
  { endMs, free, group, places, startMs, state, tags }: Capacity,
  account: AccountRecord,
): XmlValue {
  const { blockId, imageId, instanceType, matches, platform } = group.terms;
  const shown = tags.some(({ key }) => key === 'openpex:image')
    ? tags
    : [...tags, { key: 'openpex:image', value: imageId }];
  return {
    capacityReservationId: group.groupId,
    ownerId: ownerOf(account),
    instanceType,
    instancePlatform: platform,
    availabilityZone: ZONE,
    tenancy: 'default',
    totalInstanceCount: places.length,
    availableInstanceCount: free.length,
    ebsOptimized: false,
    ephemeralStorage: false,
    state,
    startDate: new Date(startMs),
    endDate: new Date(endMs),
    endDateType: 'limited',
    instanceMatchCriteria: matches,
    createDate: new Date(group.createdMs),
    tagSet: shown.map(({ key, value }) => ({ key, value })),
    reservationType: blockId === undefined ? 'default' : 'capacity-block',
    capacityBlockId: blockId,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
