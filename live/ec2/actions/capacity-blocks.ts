// Capacity blocks: offers of the provider, held until they are purchased or their hold is over.
import type { Ec2GroupRecord } from '../../records.ts';
import { Ec2Error, invalidValue } from '../errors.ts';
import { type Capacity, capacityKey, estateOf } from '../estate.ts';
import { filtered, named, paged } from '../filters.ts';
import { identityOf, once } from '../groups.ts';
import { imageIdOf } from '../ids.ts';
import { readImage, readInstanceType } from '../offered.ts';
import { heldOffering, holdOffering } from '../offerings.ts';
import { type Action, ZONE } from '../request.ts';
import { credits, MOST_AT_ONCE } from '../slots.ts';
import { tagsFor } from '../tags.ts';
import type { XmlValue } from '../xml.ts';
import { answerOf, keep, newCapacity } from './capacity-reservations.ts';

const HOUR_MS = 3_600_000;
/** Ten years. */
const MOST_HOURS = 87_660;

/** The first span that the provider offers, held. None: there is no offer, or it would end too late. */
export const describeCapacityBlockOfferings: Action = async (request, parts) => {
  const { account, parameters } = request;
  const { service, turns } = parts;
  const hours = parameters.whole('CapacityDurationHours', { min: 1, max: MOST_HOURS });
  if (hours === undefined) parameters.required('CapacityDurationHours');
  const instanceType = parameters.required('InstanceType');
  const { demand, type } = readInstanceType(instanceType, service);
  const count = parameters.whole('InstanceCount', { min: 1, max: MOST_AT_ONCE }) ?? 1;
  const earliestMs = Math.max(parameters.instant('StartDateRange') ?? 0, service.now());
  const latestMs = parameters.instant('EndDateRange');
  parameters.whole('MaxResults', { min: 1, max: 1000 });
  parameters.text('NextToken');
  parameters.flag('AllAvailabilityZones');
  const image = readImage(undefined, service);
  request.beforeChange();
  const asked = {
    type,
    demand,
    template: image.name,
    numInstancesFixed: count,
    numInstancesOption: 0,
    startMs: earliestMs,
    durationMs: hours! * HOUR_MS,
  };
  const terms = { instanceType, imageId: imageIdOf(image.name) };
  const offering = await turns.take(account.userId, async () => {
    const quote = service.quote(asked);
    const lastStartMs = latestMs === undefined ? Number.POSITIVE_INFINITY : latestMs - asked.durationMs;
    const isWanted =
      quote.reply !== 'REJECT' &&
      quote.proposal.numInstancesFixed === count &&
      quote.proposal.durationMs === asked.durationMs &&
      quote.proposal.startMs <= lastStartMs;
    const untilMs = isWanted ? quote.proposal.startMs : lastStartMs;
    const held = await heldOffering({ wanted: asked, terms, fromMs: earliestMs, untilMs }, account, parts);
    if (held !== undefined || !isWanted) return held;
    return holdOffering({ wanted: quote.proposal, terms }, account, parts);
  });
  return { capacityBlockOfferingSet: offering === undefined ? [] : [offeringAnswer(offering)] };
};

export const purchaseCapacityBlock: Action = async (request, parts) => {
  const { account, parameters } = request;
  const offeringId = parameters.required('CapacityBlockOfferingId');
  const platform = parameters.required('InstancePlatform');
  const tags = tagsFor('capacity-reservation', parameters);
  const identity = identityOf(request, undefined);
  request.beforeChange();
  const bought = await once(request, parts, identity, async () => {
    const { capacities, offerings } = await estateOf(account, parts);
    // It can be bought once only: who asks again, and cannot say that it is again, gets what was bought.
    const before = capacities.find(({ group }) => group.terms.blockId === offeringId);
    if (before !== undefined) return before.group;
    const offering = offerings.find(({ group }) => group.groupId === offeringId);
    if (offering === undefined)
      throw invalidValue('CapacityBlockOfferingId', offeringId, 'an offering that is still held');
    const { holdUntilMs: _, priceMicros: __, ...terms } = offering.group.terms;
    const group = newCapacity({ ...terms, platform, blockId: offeringId }, identity, account, parts);
    const held = offering.places.map(({ slot }) => slot.reservationId);
    const isBought = await keep(group, held, tags, account, parts);
    await parts.store.forget(offering.group);
    if (isBought) return group;
    throw new Ec2Error('InsufficientInstanceCapacity', `What ${offeringId} held was lost.`);
  });
  return {
    capacityReservation: await answerOf(bought.groupId, account, parts),
    capacityBlockSet: [blockAnswer(bought, 'scheduled')],
  };
};

/** Those that were purchased. */
export const describeCapacityBlocks: Action = async ({ account, parameters }, parts) => {
  const { capacities } = await estateOf(account, parts);
  const blocks = capacities.filter(({ group }) => group.terms.blockId !== undefined);
  const asked = named(blocks, parameters.list('CapacityBlockId'), {
    idOf: ({ group }) => group.terms.blockId!,
    code: 'InvalidCapacityBlockId.NotFound',
    what: 'capacity block',
  });
  const matching = filtered(
    asked,
    parameters,
    {
      'availability-zone': () => ZONE,
      'capacity-block-id': ({ group }) => group.terms.blockId,
      'capacity-reservation-id': ({ group }) => group.groupId,
      state: ({ state }) => state,
    },
    ({ tags }) => tags,
  );
  const { nextToken, page } = paged(matching, parameters, capacityKey);
  return { capacityBlockSet: page.map(({ group, state }) => blockAnswer(group, state)), nextToken };
};

function blockAnswer(
  { createdMs, groupId, terms: { blockId, endMs, startMs } }: Ec2GroupRecord,
  state: Capacity['state'],
): XmlValue {
  return {
    capacityBlockId: blockId,
    availabilityZone: ZONE,
    capacityReservationIdSet: [groupId],
    startDate: new Date(startMs!),
    endDate: new Date(endMs!),
    createDate: new Date(createdMs),
    state,
  };
}

function offeringAnswer({ groupId, terms }: Ec2GroupRecord): XmlValue {
  const { count, endMs, instanceType, priceMicros, startMs } = terms;
  return {
    capacityBlockOfferingId: groupId,
    instanceType,
    availabilityZone: ZONE,
    instanceCount: count,
    startDate: new Date(startMs!),
    endDate: new Date(endMs!),
    capacityBlockDurationHours: Math.round((endMs! - startMs!) / HOUR_MS),
    upfrontFee: credits(priceMicros!),
    currencyCode: 'credits',
    tenancy: 'default',
  };
}
