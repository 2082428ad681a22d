// Reserved instances: so many of a type for a long time, paid at once. As those of EC2 that are for one zone, they are capacity reservations as
// well, which instances of their type go into by themselves.
import type { AccountRecord, Ec2GroupRecord } from '../../records.ts';
import { giveUp } from '../../service/giving-up.ts';
import { Ec2Error, invalidValue } from '../errors.ts';
import { type Capacity, estateOf } from '../estate.ts';
import { filtered, named, paged } from '../filters.ts';
import { type Identity, identityOf, once } from '../groups.ts';
import { imageIdOf, newReservedInstancesId, reservedOfferingIdOf } from '../ids.ts';
import { readImage, readInstanceType } from '../offered.ts';
import type { Parameters } from '../parameters.ts';
import { type Action, type Ec2Parts, ZONE } from '../request.ts';
import { credits, hold, MOST_AT_ONCE, quoteInWords, type Wanted } from '../slots.ts';
import type { XmlValue } from '../xml.ts';
import { keep, newCapacity } from './capacity-reservations.ts';
import { checkZone } from './run-instances.ts';

const DAY_MS = 86_400_000;
/** One and three years as in EC2, and shorter ones for testbeds. */
const TERMS_MS = [7, 30, 365, 3 * 365].map((days) => days * DAY_MS);
const PLATFORM = 'Linux/UNIX';

interface Offering {
  readonly offeringId: string;
  readonly type: string;
  readonly termMs: number;
  /** Of one. */
  readonly priceMicros: number;
}

/** What could begin now: a type that there is no room for is not on offer. */
export const describeReservedInstancesOfferings: Action = ({ parameters }, { service }) => {
  const wantedType = parameters.text('InstanceType');
  const type = wantedType === undefined ? undefined : readInstanceType(wantedType, service).type;
  const leastS = parameters.whole('MinDuration') ?? 0;
  const mostS = parameters.whole('MaxDuration') ?? Number.MAX_SAFE_INTEGER;
  const isOurs = readKind(parameters);
  checkZone(parameters.text('AvailabilityZone'));
  parameters.overlook('IncludeMarketplace', 'MaxInstanceCount');
  const all = isOurs ? termsOnOffer(service) : [];
  const asked = named(all, parameters.list('ReservedInstancesOfferingId'), {
    idOf: ({ offeringId }) => offeringId,
    code: 'InvalidReservedInstancesOfferingId',
    what: 'reserved instances offering',
  });
  const wanted = asked.filter(
    (each) => (type === undefined || each.type === type) && seconds(each) >= leastS && seconds(each) <= mostS,
  );
  const offerings = wanted.flatMap((each): Offering[] => {
    const quote = service.quote(wantedOf(each, 1, service.now(), service));
    return quote.reply === 'ACCEPT' ? [{ ...each, priceMicros: quote.priceMicros }] : [];
  });
  const matching = filtered(offerings, parameters, {
    ...KIND_FILTERS,
    duration: seconds,
    'fixed-price': ({ priceMicros }) => credits(priceMicros),
    'instance-type': (each) => each.type,
    marketplace: () => false,
    'reserved-instances-offering-id': ({ offeringId }) => offeringId,
  });
  const { nextToken, page } = paged(matching, parameters, offeringKey);
  return {
    reservedInstancesOfferingsSet: page.map((each) => ({
      reservedInstancesOfferingId: each.offeringId,
      instanceType: each.type,
      duration: seconds(each),
      fixedPrice: credits(each.priceMicros),
      marketplace: false,
      ...KIND,
    })),
    nextToken,
  };
};

export const purchaseReservedInstancesOffering: Action = async (request, parts) => {
  const { account, parameters } = request;
  const { service } = parts;
  const offeringId = parameters.required('ReservedInstancesOfferingId');
  parameters.required('InstanceCount');
  const count = parameters.whole('InstanceCount', { min: 1, max: MOST_AT_ONCE })!;
  const startMs = parameters.instant('PurchaseTime');
  if (startMs !== undefined && startMs < service.now())
    throw invalidValue('PurchaseTime', new Date(startMs).toISOString(), 'a date that lies ahead');
  const limitMicros = readLimit(parameters.record('LimitPrice'));
  const identity = identityOf(request, undefined);
  request.beforeChange();
  const bought = await once(request, parts, identity, async () => {
    const before = await boughtJustNow(identity, account, parts);
    if (before !== undefined) return before;
    const offering = termsOnOffer(service).find((each) => each.offeringId === offeringId);
    if (offering === undefined)
      throw new Ec2Error(
        'InvalidReservedInstancesOfferingId',
        `The reserved instances offering '${offeringId.slice(0, 100)}' does not exist`,
      );
    const wanted = wantedOf(offering, count, startMs ?? service.now(), service);
    const held = await hold(wanted, account, parts);
    if (held === undefined)
      throw new Ec2Error(
        'ReservedInstancesUnavailable',
        `There is no room for ${count} ${offering.type} for ${offering.termMs / DAY_MS} days. ${quoteInWords(service.quote(wanted))}`,
      );
    const { priceMicros, reservationIds } = held;
    if (limitMicros !== undefined && priceMicros > limitMicros) {
      await Promise.all(reservationIds.map((id) => giveUp(id, account, parts)));
      throw invalidValue('LimitPrice.Amount', credits(limitMicros), `at least ${credits(priceMicros)}`);
    }
    const group = newCapacity(
      {
        instanceType: offering.type,
        imageId: imageIdOf(wanted.template),
        platform: PLATFORM,
        matches: 'open',
        count,
        startMs: wanted.startMs,
        endMs: wanted.startMs + wanted.durationMs,
        reservedId: newReservedInstancesId(),
        priceMicros,
      },
      identity,
      account,
      parts,
    );
    if (await keep(group, reservationIds, [], account, parts)) return group;
    throw new Ec2Error('ReservedInstancesUnavailable', 'What was held was lost.');
  });
  return { reservedInstancesId: bought.terms.reservedId };
};

/** In real time: longer than any client keeps trying. */
const JUST_NOW_MS = 60_000;

/**
 * EC2 has no token for this purchase, and some clients send nothing else that tells a repetition. They try again by themselves when an answer is
 * lost, and a year is dear: who says nothing and asks for the same within a minute gets what was bought.
 */
async function boughtJustNow(
  { fingerprint, token }: Identity,
  account: AccountRecord,
  parts: Ec2Parts,
): Promise<Ec2GroupRecord | undefined> {
  if (token !== null) return undefined;
  const { service } = parts;
  const sinceMs = service.now() - JUST_NOW_MS * service.speed;
  const bought = await reservedOf(account, parts);
  // Who has given them back means others.
  const standing = bought.filter(({ state }) => state === 'active' || state === 'scheduled');
  const before = standing.find(
    ({ group }) => group.fingerprint === fingerprint && group.createdMs >= sinceMs,
  );
  return before?.group;
}

export const describeReservedInstances: Action = async ({ account, parameters }, parts) => {
  const isOurs = readKind(parameters);
  const bought = isOurs ? await reservedOf(account, parts) : [];
  const asked = named(bought, parameters.list('ReservedInstancesId'), {
    idOf: ({ group }) => group.terms.reservedId!,
    code: 'InvalidReservedInstancesId',
    what: 'reserved instances id',
  });
  const matching = filtered(
    asked,
    parameters,
    {
      ...KIND_FILTERS,
      duration: ({ group }) => termSeconds(group),
      end: ({ endMs }) => new Date(endMs).toISOString(),
      'fixed-price': ({ group }) => priceOfOne(group),
      'instance-type': ({ group }) => group.terms.instanceType,
      'reserved-instances-id': ({ group }) => group.terms.reservedId,
      start: ({ startMs }) => new Date(startMs).toISOString(),
      state: stateInWords,
    },
    ({ tags }) => tags,
  );
  return { reservedInstancesSet: matching.map(reservedAnswer) };
};

async function reservedOf(account: AccountRecord, parts: Ec2Parts): Promise<readonly Capacity[]> {
  const { capacities } = await estateOf(account, parts);
  return capacities.filter(({ group }) => group.terms.reservedId !== undefined);
}

function reservedAnswer(capacity: Capacity): XmlValue {
  const { endMs, group, startMs, tags } = capacity;
  return {
    reservedInstancesId: group.terms.reservedId,
    instanceType: group.terms.instanceType,
    instanceCount: group.terms.count,
    start: new Date(startMs),
    end: new Date(endMs),
    duration: termSeconds(group),
    fixedPrice: priceOfOne(group),
    state: stateInWords(capacity),
    tagSet: tags.map(({ key, value }) => ({ key, value })),
    ...KIND,
  };
}

/** The one kind there is, as it is said of what is on offer and of what was bought. */
const KIND = {
  availabilityZone: ZONE,
  productDescription: PLATFORM,
  instanceTenancy: 'default',
  offeringClass: 'standard',
  offeringType: 'All Upfront',
  scope: 'Availability Zone',
  usagePrice: '0',
  currencyCode: 'credits',
};

const KIND_FILTERS = {
  'availability-zone': () => ZONE,
  'product-description': () => PLATFORM,
  scope: () => KIND.scope,
  'usage-price': () => KIND.usagePrice,
};

/** Whether what is asked for is of that kind; another kind of EC2's is known, and there is none of it. */
function readKind(parameters: Parameters): boolean {
  const asked = [
    [parameters.choice('OfferingClass', ['standard', 'convertible']), KIND.offeringClass],
    [
      parameters.choice('OfferingType', [
        'All Upfront',
        'Partial Upfront',
        'No Upfront',
        'Heavy Utilization',
        'Medium Utilization',
        'Light Utilization',
      ]),
      KIND.offeringType,
    ],
    [parameters.choice('InstanceTenancy', ['default', 'dedicated']), KIND.instanceTenancy],
    [parameters.text('ProductDescription'), KIND.productDescription],
  ];
  return asked.every(([wanted, ours]) => wanted === undefined || wanted === ours);
}

type Term = Omit<Offering, 'priceMicros'>;

const seconds = ({ termMs }: Pick<Offering, 'termMs'>): number => termMs / 1000;

const offeringKey = ({ offeringId, type, termMs }: Term): string =>
  `${type}/${String(termMs).padStart(16, '0')}/${offeringId}`;

/** For each type those terms that a reservation may last; where even the shortest is too long, the longest that one may. */
function termsOnOffer({ instanceTypes, settings }: Ec2Parts['service']): readonly Term[] {
  const { longestDurationMs } = settings;
  const within = TERMS_MS.filter((termMs) => termMs <= longestDurationMs);
  const termsMs = within.length > 0 ? within : [longestDurationMs];
  return [...instanceTypes.keys()]
    .sort()
    .flatMap((type) =>
      termsMs.map((termMs) => ({ offeringId: reservedOfferingIdOf(type, termMs), type, termMs })),
    );
}

function wantedOf(
  { termMs, type }: Term,
  count: number,
  startMs: number,
  service: Ec2Parts['service'],
): Wanted {
  return {
    type,
    demand: service.instanceTypes.get(type)!,
    template: readImage(undefined, service).name,
    numInstancesFixed: count,
    numInstancesOption: 0,
    startMs,
    durationMs: termMs,
  };
}

function readLimit(limit: Parameters): number | undefined {
  const amount = limit.text('Amount');
  const currency = limit.text('CurrencyCode');
  if (currency !== undefined && currency !== KIND.currencyCode)
    throw invalidValue('LimitPrice.CurrencyCode', currency, KIND.currencyCode);
  if (amount === undefined) return undefined;
  if (/^\d{1,12}(\.\d{1,9})?$/.test(amount)) return Math.floor(Number(amount) * 1_000_000);
  throw invalidValue('LimitPrice.Amount', amount, 'an amount of credits, such as 12.50');
}

function termSeconds({ terms }: Ec2GroupRecord): number {
  return (terms.endMs! - terms.startMs!) / 1000;
}

function priceOfOne({ terms }: Ec2GroupRecord): string {
  return credits(Math.round(terms.priceMicros! / terms.count!));
}

/** EC2's words for it. */
function stateInWords({ state }: Capacity): string {
  if (state === 'active') return 'active';
  return state === 'scheduled' ? 'queued' : 'retired';
}
