// RunInstances: reservations of one instance each, from now or from a later start that a tag says, or places of a capacity reservation.
import type { Proposal } from '../../../engine/index.ts';
import type { Ec2GroupRecord, Ec2SlotRecord, Ec2Terms } from '../../records.ts';
import { vmIdOf } from '../../vm-id.ts';
import { Ec2Error, invalidValue } from '../errors.ts';
import { type Capacity, estateOf } from '../estate.ts';
import { establish, identityOf, once } from '../groups.ts';
import { imageIdOf, instanceIdOf, newId } from '../ids.ts';
import { readImage, readInstanceType } from '../offered.ts';
import { type Action, type Ec2Parts, type Ec2Request, ZONE } from '../request.ts';
import { checkSold, hold, MOST_AT_ONCE, mostThatFit, quoteInWords, type Wanted } from '../slots.ts';
import { type Tag, tagsFor, timesOf } from '../tags.ts';
import { launchAnswer } from './instances.ts';
import { checkKeyName } from './key-pairs.ts';

const LONGEST_USER_DATA = 16_384;

interface Asked {
  readonly least: number;
  /** As many as wanted, at most. */
  readonly wanted: Wanted;
  readonly terms: Ec2Terms;
  readonly tags: readonly Tag[];
  readonly target: string | undefined;
  /** A matching capacity reservation that is open is used. */
  readonly takesOpen: boolean;
}

export const runInstances: Action = async (request, parts) => {
  const { account, parameters } = request;
  const asked = await readAsked(request, parts);
  const identity = identityOf(request, parameters.text('ClientToken'));
  request.beforeChange();
  const group = await once(request, parts, identity, async () => {
    const base = {
      groupId: newId('r'),
      userId: account.userId,
      kind: 'launch' as const,
      createdMs: parts.service.now(),
      isSettled: false,
      ...identity,
    };
    const capacity = await capacityFor(asked, request, parts);
    return capacity === undefined
      ? launch(base, asked, request, parts)
      : launchInto(capacity, base, asked, request, parts);
  });
  const { instances } = await estateOf(account, parts);
  const launched = instances.filter(({ launchId }) => launchId === group.groupId);
  if (launched.length > 0) return launchAnswer(account, launched);
  throw new Ec2Error(
    'IdempotentInstanceTerminated',
    'The request to launch an instance uses the same client token as a previous request for which the instance has been terminated.',
  );
};

type Base = Omit<Ec2GroupRecord, 'terms'>;

/** Reservations of its own. */
async function launch(
  base: Base,
  asked: Asked,
  request: Ec2Request,
  parts: Ec2Parts,
): Promise<Ec2GroupRecord> {
  const { account } = request;
  const { least, terms, wanted } = asked;
  const count = mostThatFit(wanted, least, parts);
  const held = count && (await hold({ ...wanted, numInstancesFixed: count }, account, parts));
  if (!held) throw noRoom({ ...wanted, numInstancesFixed: least }, parts);
  const group = { ...base, terms };
  const slots = held.reservationIds.map((reservationId, launchIndex): Ec2SlotRecord => {
    return { reservationId, userId: account.userId, capacityId: null, launchId: base.groupId, launchIndex };
  });
  const whole = { group, slots, tags: taggedInstances(slots, asked.tags), held: held.reservationIds };
  if (await establish(account, parts, whole)) return group;
  throw noRoom({ ...wanted, numInstancesFixed: least }, parts);
}

/** Places that are there already. */
async function launchInto(
  { free, group: { groupId: capacityId } }: Capacity,
  base: Base,
  asked: Asked,
  request: Ec2Request,
  parts: Ec2Parts,
): Promise<Ec2GroupRecord> {
  const { account } = request;
  const { numInstancesFixed: most } = asked.wanted;
  if (free.length < asked.least)
    throw new Ec2Error(
      'ReservationCapacityExceeded',
      `The capacity reservation ${capacityId} has ${free.length} available instances, and ${asked.least} are asked for.`,
    );
  const taken = free.slice(0, most);
  const group = { ...base, terms: asked.terms };
  const slots = taken.map(({ slot }, launchIndex) => ({ ...slot, launchId: base.groupId, launchIndex }));
  // The provider may activate by itself what is reserved.
  const waiting = taken.filter(({ reservation }) => reservation.state === 'CONFIRMED');
  await parts.store.save(
    [group],
    slots,
    taggedInstances(slots, asked.tags).map((tag) => ({ ...tag, userId: account.userId })),
  );
  const replies = await Promise.all(waiting.map(({ slot }) => parts.service.activate(slot.reservationId)));
  if (replies.some(({ reply }) => reply !== 'REQUEST_SUCCESS')) {
    await parts.store.forget(group);
    throw new Ec2Error('InsufficientInstanceCapacity', `Places of ${capacityId} were lost meanwhile.`);
  }
  const settled = { ...group, isSettled: true };
  await parts.store.save([settled], []);
  return settled;
}

/** @throws Ec2Error when the one that is asked for is not there, is not open yet, or is for something else */
async function capacityFor(
  { least, takesOpen, target, terms, wanted }: Asked,
  { account }: Ec2Request,
  parts: Ec2Parts,
): Promise<Capacity | undefined> {
  const { capacities } = await estateOf(account, parts);
  const isFor = ({ places }: Capacity) => {
    const first = places[0]?.reservation.proposal;
    return first?.type === wanted.type && first.template === wanted.template;
  };
  if (target === undefined) {
    if (!takesOpen) return undefined;
    return capacities.find((capacity) => {
      const { free, group, state } = capacity;
      return group.terms.matches === 'open' && state === 'active' && free.length >= least && isFor(capacity);
    });
  }
  const capacity = capacities.find(({ group }) => group.groupId === target);
  if (capacity === undefined)
    throw new Ec2Error(
      'InvalidCapacityReservationId.NotFound',
      `The capacity reservation '${target}' does not exist`,
    );
  if (capacity.state !== 'active')
    throw new Ec2Error(
      'InvalidCapacityReservationState',
      `The capacity reservation '${target}' is ${capacity.state}; it is active from ${iso(capacity.startMs)} to ${iso(capacity.endMs)}.`,
    );
  if (!isFor(capacity)) {
    const { imageId, instanceType } = capacity.group.terms;
    throw new Ec2Error(
      'InvalidParameterCombination',
      `The capacity reservation '${target}' is for ${instanceType} from ${imageId}, not for ${terms.instanceType} from ${terms.imageId}.`,
    );
  }
  return capacity;
}

const PREFERENCES = ['open', 'none', 'capacity-reservations-only'] as const;

async function readAsked(request: Ec2Request, parts: Ec2Parts): Promise<Asked> {
  const { parameters } = request;
  const { service } = parts;
  const counts = { min: 1, max: MOST_AT_ONCE };
  parameters.required('MinCount');
  parameters.required('MaxCount');
  const least = parameters.whole('MinCount', counts)!;
  const most = parameters.whole('MaxCount', counts)!;
  if (most < least) throw invalidValue('MaxCount', String(most), `at least MinCount, ${least}`);
  const image = readImage(parameters.required('ImageId'), service);
  // EC2's own default.
  const instanceType = parameters.text('InstanceType') ?? 'm1.small';
  const { demand, type } = readInstanceType(instanceType, service);
  const keyName = parameters.text('KeyName');
  await checkKeyName(keyName, request, parts);
  const userData = readUserData(parameters.text('UserData'));
  const clientToken = parameters.text('ClientToken');
  checkZone(parameters.record('Placement').text('AvailabilityZone'));
  parameters.record('Placement').choice('Tenancy', ['default']);
  // Without effect: there are no networks to be chosen, and who stops is not asked what for.
  parameters.overlook('SecurityGroup', 'SecurityGroupId', 'Monitoring', 'EbsOptimized');
  parameters.choice('InstanceInitiatedShutdownBehavior', ['stop', 'terminate']);
  const specification = parameters.record('CapacityReservationSpecification');
  const preference = specification.choice('CapacityReservationPreference', PREFERENCES);
  const target = specification.record('CapacityReservationTarget').text('CapacityReservationId');
  const tags = tagsFor('instance', parameters);
  return {
    least,
    wanted: {
      type,
      demand,
      template: image.name,
      numInstancesFixed: most,
      numInstancesOption: 0,
      ...spanOf(tags, parts),
    },
    terms: {
      instanceType,
      imageId: imageIdOf(image.name),
      ...(keyName === undefined ? {} : { keyName }),
      ...(userData === undefined ? {} : { userData }),
      ...(clientToken === undefined ? {} : { clientToken }),
    },
    tags,
    target,
    takesOpen: (preference ?? 'open') !== 'none' && timesOf(tags).startMs === undefined,
  };
}

/** From now on unless a tag says otherwise, for as long as an instance lives here unless a tag says that. */
function spanOf(
  tags: readonly Tag[],
  { lastingMs, service }: Ec2Parts,
): Pick<Proposal, 'durationMs' | 'startMs'> {
  const { durationMs, endMs, startMs = service.now() } = timesOf(tags);
  if (durationMs !== undefined && endMs !== undefined)
    throw new Ec2Error(
      'InvalidParameterCombination',
      'The tags openpex:duration and openpex:end exclude each other.',
    );
  if (startMs < service.now()) throw invalidValue('openpex:start', iso(startMs), 'a date that lies ahead');
  if (endMs !== undefined && endMs <= startMs)
    throw invalidValue('openpex:end', iso(endMs), `a date after ${iso(startMs)}`);
  const lasting = Math.min(lastingMs, service.settings.longestDurationMs);
  return { startMs, durationMs: durationMs ?? (endMs === undefined ? lasting : endMs - startMs) };
}

function readUserData(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text) && text.replace(/\s/g, '').length % 4 === 0;
  if (!isBase64) throw invalidValue('UserData', text, 'base64');
  if (bytes.length > LONGEST_USER_DATA)
    throw new Ec2Error('InvalidParameterValue', `User data is limited to ${LONGEST_USER_DATA} bytes`);
  return text;
}

/** @throws Ec2Error for a zone that there is not */
export function checkZone(zone: string | undefined): void {
  if (zone === undefined || zone === '' || zone === ZONE) return;
  throw new Ec2Error(
    'InvalidParameterValue',
    `Invalid availability zone: [${zone.slice(0, 100)}]; there is ${ZONE}.`,
  );
}

function taggedInstances(slots: readonly Ec2SlotRecord[], tags: readonly Tag[]) {
  return slots.flatMap(({ reservationId }) => {
    const resourceId = instanceIdOf(vmIdOf(reservationId, 1));
    return tags.map((tag) => ({ ...tag, resourceId }));
  });
}

function noRoom(wanted: Wanted, { service }: Ec2Parts): Ec2Error {
  const quote = service.quote(wanted);
  checkSold(quote, { service });
  const until = iso(wanted.startMs + wanted.durationMs);
  const words = `There is no room for ${wanted.numInstancesFixed} ${wanted.type} from ${iso(wanted.startMs)} to ${until}.`;
  const how =
    quote.reply === 'REJECT'
      ? ''
      : ' CreateCapacityReservation with this StartDate, or RunInstances with it in the tag openpex:start, takes it; it is not held.';
  return new Ec2Error('InsufficientInstanceCapacity', `${words} ${quoteInWords(quote)}${how}`);
}

const iso = (ms: number): string => new Date(ms).toISOString();
