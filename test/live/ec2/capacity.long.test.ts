// Reservations ahead of time, launched into when their time has come, and offers: what EC2 can say of them, said by its own client.
import {
  CancelCapacityReservationCommand,
  CreateCapacityReservationCommand,
  type CreateCapacityReservationCommandInput,
  CreateTagsCommand,
  DescribeCapacityBlockOfferingsCommand,
  DescribeCapacityBlocksCommand,
  DescribeCapacityReservationsCommand,
  DescribeInstancesCommand,
  DescribeReservedInstancesCommand,
  DescribeReservedInstancesOfferingsCommand,
  EC2Client,
  GetCapacityReservationUsageCommand,
  ModifyCapacityReservationCommand,
  PurchaseCapacityBlockCommand,
  PurchaseReservedInstancesOfferingCommand,
  type PurchaseReservedInstancesOfferingCommandInput,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, expect, test } from 'vitest';
import { Ec2Store } from '../../../live/database/ec2-store.ts';
import { ask, HOUR_MS, NOW_MS } from '../api/testbed.ts';
import { type Ec2Endpoint, ec2Endpoint } from './endpoint.ts';

const clients: EC2Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

async function clientOf({ key, url }: Ec2Endpoint, username = 'alice'): Promise<EC2Client> {
  const client = new EC2Client({
    endpoint: url,
    region: 'cluster',
    credentials: await key(username),
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
}

const DAY_MS = 24 * HOUR_MS;
const TOMORROW = new Date(NOW_MS + DAY_MS);
const IMAGE = 'PEX Debian Etch 4.0 Template';

const places = (count: number, more: Partial<CreateCapacityReservationCommandInput> = {}) =>
  new CreateCapacityReservationCommand({
    InstanceType: 'm1.small',
    InstancePlatform: 'Linux/UNIX',
    InstanceCount: count,
    ...more,
  });

const into = (id: string, count: number) =>
  new RunInstancesCommand({
    ImageId: IMAGE,
    InstanceType: 'm1.small',
    MinCount: count,
    MaxCount: count,
    CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: id } },
  });

const now = (count: number) =>
  new RunInstancesCommand({ ImageId: IMAGE, InstanceType: 'm1.small', MinCount: count, MaxCount: count });

async function capacities(client: EC2Client) {
  const { CapacityReservations = [] } = await client.send(new DescribeCapacityReservationsCommand({}));
  return CapacityReservations.map(({ AvailableInstanceCount, State, TotalInstanceCount }) => [
    State,
    AvailableInstanceCount,
    TotalInstanceCount,
  ]);
}

async function statesOf(client: EC2Client) {
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({}));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
}

const message = async (sent: Promise<unknown>): Promise<[name: string, message: string]> => {
  const error = await sent.then(
    () => new Error('was not refused'),
    (reason: Error) => reason,
  );
  return [error.name, error.message];
};

test('three places for tomorrow: launched into, one given back and renewed, the rest cancelled', async () => {
  const endpoint = await ec2Endpoint({ nodes: 1 });
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  const made = await alice.send(
    places(3, {
      StartDate: TOMORROW,
      EndDate: new Date(TOMORROW.getTime() + 6 * HOUR_MS),
      EndDateType: 'limited',
      InstanceMatchCriteria: 'targeted',
      TagSpecifications: [{ ResourceType: 'capacity-reservation', Tags: [{ Key: 'Name', Value: 'course' }] }],
    }),
  );
  const { CapacityReservationId: id = '' } = made.CapacityReservation!;
  expect(made.CapacityReservation).toMatchObject({
    InstanceType: 'm1.small',
    TotalInstanceCount: 3,
    AvailableInstanceCount: 3,
    State: 'scheduled',
    StartDate: TOMORROW,
    EndDate: new Date(TOMORROW.getTime() + 6 * HOUR_MS),
    EndDateType: 'limited',
    InstanceMatchCriteria: 'targeted',
  });
  // It has its room, whatever others want then: an XLARGE fills the node.
  const other = await ask(bed, 'bob', { startTime: TOMORROW.toISOString() });
  expect(other.json().reply).toBe('COUNTER');
  await bed.as('bob', {
    method: 'PUT',
    url: `/OpenPEX/reservations/${other.json().proposal.id}`,
    payload: { reply: 'REJECT' },
  });
  expect(await message(alice.send(into(id, 1)))).toEqual([
    'InvalidCapacityReservationState',
    expect.stringContaining('is scheduled; it is active from 2009-08-18T04:00:00.000Z'),
  ]);

  await bed.moveTo(TOMORROW.getTime());
  expect(await capacities(alice)).toEqual([['active', 3, 3]]);
  const run = await alice.send(into(id, 2));
  await bed.moveTo(bed.service.now());
  expect(await statesOf(alice)).toEqual(['running', 'running']);
  expect(await capacities(alice)).toEqual([['active', 1, 3]]);
  expect((await message(alice.send(into(id, 2))))[0]).toBe('ReservationCapacityExceeded');
  const usage = await alice.send(new GetCapacityReservationUsageCommand({ CapacityReservationId: id }));
  expect(usage).toMatchObject({
    TotalInstanceCount: 3,
    AvailableInstanceCount: 1,
    InstanceUsages: [{ UsedInstanceCount: 2 }],
  });
  const where = await alice.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'capacity-reservation-id', Values: [id] }] }),
  );
  expect(where.Reservations![0]!.Instances).toHaveLength(2);

  // The place of one that is terminated is there again, for the rest of the time.
  const [first, second] = run.Instances!.map(({ InstanceId }) => InstanceId!);
  await alice.send(new TerminateInstancesCommand({ InstanceIds: [first!] }));
  await bed.moveTo(bed.service.now() + 60_000);
  expect(await capacities(alice)).toEqual([['active', 2, 3]]);
  const third = await alice.send(into(id, 2));
  await bed.moveTo(bed.service.now());
  expect(third.Instances).toHaveLength(2);
  expect((await statesOf(alice)).filter((state) => state === 'running')).toHaveLength(3);

  // What runs goes on when the reservation is cancelled, and ends with its time.
  await alice.send(new TerminateInstancesCommand({ InstanceIds: [second!] }));
  await alice.send(new CancelCapacityReservationCommand({ CapacityReservationId: id }));
  expect((await capacities(alice))[0]![0]).toBe('cancelled');
  await bed.moveTo(bed.service.now() + 60_000);
  expect((await statesOf(alice)).filter((state) => state === 'running')).toHaveLength(2);
  await bed.moveTo(TOMORROW.getTime() + 6 * HOUR_MS);
  expect((await statesOf(alice)).filter((state) => state !== 'terminated')).toEqual([]);
});

test('a client that knows no start date says it in a tag, and instances can wait for theirs as well', async () => {
  const endpoint = await ec2Endpoint();
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  const tags = [
    { Key: 'openpex:start', Value: TOMORROW.toISOString() },
    { Key: 'openpex:duration', Value: '2h' },
  ];
  const { CapacityReservation } = await alice.send(
    places(1, { TagSpecifications: [{ ResourceType: 'capacity-reservation', Tags: tags }] }),
  );
  expect(CapacityReservation).toMatchObject({
    State: 'scheduled',
    StartDate: TOMORROW,
    EndDate: new Date(TOMORROW.getTime() + 2 * HOUR_MS),
  });
  const run = await alice.send(
    new RunInstancesCommand({
      ...now(1).input,
      TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
    }),
  );
  expect(run.Instances).toMatchObject([{ State: { Name: 'pending' }, LaunchTime: TOMORROW }]);
  const [waiting] = run.Instances!;
  await bed.moveTo(TOMORROW.getTime());
  expect(await statesOf(alice)).toEqual(['running']);
  const { Reservations } = await alice.send(new DescribeInstancesCommand({}));
  expect(Reservations![0]!.Instances![0]!.InstanceId).toBe(waiting!.InstanceId);
});

test('what there is no room for is answered by EC2’s error, with an offer that is held until it is purchased', async () => {
  const endpoint = await ec2Endpoint();
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  await alice.send(places(3, { StartDate: TOMORROW, EndDate: new Date(TOMORROW.getTime() + HOUR_MS) }));
  const wish = { StartDate: TOMORROW, EndDate: new Date(TOMORROW.getTime() + HOUR_MS) };
  const [name, words] = await message(alice.send(places(2, wish)));
  expect(name).toBe('InsufficientInstanceCapacity');
  const offered =
    /On offer as (cb-[0-9a-f]{17}): 2 SMALL from 2009-08-18T05:00:00.000Z to 2009-08-18T06:00:00.000Z/.exec(
      words,
    );
  expect(words).toMatch(/held until 2009-08-17T04:05:00.000Z/);
  const [, offeringId = ''] = offered!;
  // Who asks again is not held another.
  expect((await message(alice.send(places(2, wish))))[1]).toContain(offeringId);
  // Nobody else can buy it, nor have its room.
  const bob = await clientOf(endpoint, 'bob');
  const purchase = { CapacityBlockOfferingId: offeringId, InstancePlatform: 'Linux/UNIX' as const };
  expect((await message(bob.send(new PurchaseCapacityBlockCommand(purchase))))[0]).toBe(
    'InvalidParameterValue',
  );
  const bought = await alice.send(new PurchaseCapacityBlockCommand(purchase));
  expect(bought.CapacityReservation).toMatchObject({
    State: 'scheduled',
    TotalInstanceCount: 2,
    StartDate: new Date(TOMORROW.getTime() + HOUR_MS),
    ReservationType: 'capacity-block',
    CapacityBlockId: offeringId,
  });
  // Once only.
  const again = await alice.send(new PurchaseCapacityBlockCommand(purchase));
  expect(again.CapacityReservation!.CapacityReservationId).toBe(
    bought.CapacityReservation!.CapacityReservationId,
  );
  const { CapacityBlocks } = await alice.send(
    new DescribeCapacityBlocksCommand({ CapacityBlockIds: [offeringId] }),
  );
  expect(CapacityBlocks).toMatchObject([
    {
      CapacityBlockId: offeringId,
      CapacityReservationIds: [bought.CapacityReservation!.CapacityReservationId],
      State: 'scheduled',
    },
  ]);
  // Made at one instant: EC2 tells them in no order.
  expect((await capacities(alice)).toSorted()).toEqual([
    ['scheduled', 2, 2],
    ['scheduled', 3, 3],
  ]);
  await bed.moveTo(TOMORROW.getTime() + HOUR_MS);
  expect(
    (await alice.send(into(bought.CapacityReservation!.CapacityReservationId!, 2))).Instances,
  ).toHaveLength(2);
});

test('offerings are asked for, held for as long as the provider holds offers, and then gone', async () => {
  const endpoint = await ec2Endpoint();
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  const look = new DescribeCapacityBlockOfferingsCommand({
    InstanceType: 'SMALL',
    InstanceCount: 4,
    CapacityDurationHours: 2,
    StartDateRange: TOMORROW,
  });
  const { CapacityBlockOfferings } = await alice.send(look);
  expect(CapacityBlockOfferings).toMatchObject([
    {
      InstanceCount: 4,
      StartDate: TOMORROW,
      EndDate: new Date(TOMORROW.getTime() + 2 * HOUR_MS),
      CapacityBlockDurationHours: 2,
      UpfrontFee: expect.stringMatching(/^\d+(\.\d+)?$/),
      CurrencyCode: 'credits',
    },
  ]);
  const [{ CapacityBlockOfferingId: id = '' } = {}] = CapacityBlockOfferings!;
  expect((await alice.send(look)).CapacityBlockOfferings![0]!.CapacityBlockOfferingId).toBe(id);
  expect((await ask(bed, 'bob', { startTime: TOMORROW.toISOString() })).json().reply).toBe('COUNTER');
  await bed.moveTo(NOW_MS + 5 * 60_000);
  const purchase = new PurchaseCapacityBlockCommand({
    CapacityBlockOfferingId: id,
    InstancePlatform: 'Linux/UNIX',
  });
  expect((await message(alice.send(purchase)))[0]).toBe('InvalidParameterValue');
  const late = { ...look.input, EndDateRange: new Date(TOMORROW.getTime() + HOUR_MS) };
  expect((await alice.send(new DescribeCapacityBlockOfferingsCommand(late))).CapacityBlockOfferings).toEqual(
    [],
  );
});

test('RunInstances without room says what could be had, and holds nothing', async () => {
  const endpoint = await ec2Endpoint();
  const alice = await clientOf(endpoint);
  expect((await alice.send(now(3))).Instances).toHaveLength(3);
  const [name, words] = await message(alice.send(now(2)));
  expect(name).toBe('InsufficientInstanceCapacity');
  expect(words).toContain('On offer: 2 SMALL from 2009-08-18T04:00:00.000Z');
  // As many as there are, if fewer will do.
  const some = await alice.send(new RunInstancesCommand({ ...now(1).input, MaxCount: 5 }));
  expect(some.Instances).toHaveLength(1);
  const reservations = await endpoint.bed.reservations.list({ userId: 1, limit: 50 });
  expect(reservations.items.map(({ state }) => state)).toEqual(Array(4).fill('ACTIVATED'));
});

test('instances go into an open capacity reservation by themselves, unless they are told not to', async () => {
  const endpoint = await ec2Endpoint({ nodes: 2 });
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  await alice.send(places(2, { InstanceMatchCriteria: 'open' }));
  await bed.moveTo(bed.service.now());
  await alice.send(now(1));
  await bed.moveTo(bed.service.now());
  expect(await capacities(alice)).toEqual([['active', 1, 2]]);
  const none = { CapacityReservationSpecification: { CapacityReservationPreference: 'none' as const } };
  await alice.send(new RunInstancesCommand({ ...now(1).input, ...none }));
  expect(await capacities(alice)).toEqual([['active', 1, 2]]);
});

test('a capacity reservation becomes larger, smaller, longer and later, or stays as it is', async () => {
  const endpoint = await ec2Endpoint();
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  const end = new Date(TOMORROW.getTime() + HOUR_MS);
  const { CapacityReservation } = await alice.send(places(2, { StartDate: TOMORROW, EndDate: end }));
  const { CapacityReservationId = '' } = CapacityReservation!;
  const modify = (asked: { InstanceCount?: number; EndDate?: Date; StartDate?: Date }) =>
    alice.send(new ModifyCapacityReservationCommand({ CapacityReservationId, ...asked }));
  await modify({ InstanceCount: 4 });
  expect(await capacities(alice)).toEqual([['scheduled', 4, 4]]);
  await modify({ InstanceCount: 1, EndDate: new Date(end.getTime() + HOUR_MS) });
  expect(await capacities(alice)).toEqual([['scheduled', 1, 1]]);
  await modify({ StartDate: new Date(TOMORROW.getTime() + HOUR_MS) });
  const { CapacityReservations } = await alice.send(new DescribeCapacityReservationsCommand({}));
  expect(CapacityReservations).toMatchObject([
    { StartDate: end, EndDate: new Date(end.getTime() + HOUR_MS), TotalInstanceCount: 1 },
  ]);
  expect(await message(modify({ InstanceCount: 5 }))).toEqual([
    'InsufficientInstanceCapacity',
    expect.stringContaining(`There is no room for 4 more in '${CapacityReservationId}'`),
  ]);
  // Bob has the node before it.
  await ask(bed, 'bob', { startTime: TOMORROW.toISOString(), duration: HOUR_MS });
  expect((await message(modify({ StartDate: TOMORROW })))[0]).toBe('InsufficientInstanceCapacity');
  expect(await capacities(alice)).toEqual([['scheduled', 1, 1]]);
});

test('who cannot pay for all gets none', async () => {
  const endpoint = await ec2Endpoint({ nodes: 60 });
  const alice = await clientOf(endpoint);
  const [name, words] = await message(alice.send(now(100)));
  expect([name, words]).toEqual(['InstanceLimitExceeded', expect.stringContaining('credits')]);
  const held = await endpoint.bed.reservations.list({
    userId: 1,
    states: ['ACCEPTED', 'CONFIRMED'],
    limit: 5,
  });
  expect(held.items).toEqual([]);
});

test('what a crash left between the offers and their confirmation is taken back, or known as done', async () => {
  const endpoint = await ec2Endpoint();
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  const store = new Ec2Store(bed.database);
  const account = (await bed.accounts.get(1))!;
  const proposal = (await bed.service.quote({
    type: 'SMALL',
    demand: bed.service.instanceTypes.get('SMALL')!,
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: NOW_MS,
    durationMs: HOUR_MS,
    template: IMAGE,
  }))!;
  if (proposal.reply === 'REJECT') throw new Error(proposal.reason);
  const begin = async (groupId: string, isFinished: boolean) => {
    const { reservationId } = await bed.service.open(account, proposal.proposal);
    const terms = { instanceType: 'SMALL', imageId: 'ami-1' };
    const group = {
      groupId,
      userId: 1,
      kind: 'launch',
      createdMs: NOW_MS,
      token: `RunInstances/token/${groupId}`,
      fingerprint: 'f',
      isSettled: false,
      terms,
    } as const;
    await store.save(
      [group],
      [{ reservationId, userId: 1, capacityId: null, launchId: groupId, launchIndex: 0 }],
    );
    if (!isFinished) return reservationId;
    await bed.service.reply(account, reservationId, { reply: 'CONFIRM' });
    await bed.service.activate(reservationId);
    return reservationId;
  };
  const half = await begin('r-half', false);
  const whole = await begin('r-whole', true);
  await alice.send(now(1));
  expect(await store.findByToken(1, 'RunInstances/token/r-half')).toBeUndefined();
  expect((await bed.reservations.get(half))!.state).toBe('REJECTED');
  expect((await store.findByToken(1, 'RunInstances/token/r-whole'))!.isSettled).toBe(true);
  expect((await bed.reservations.get(whole))!.state).toBe('ACTIVATED');
});

test('a provider that activates by itself what it has promised serves both', async () => {
  const endpoint = await ec2Endpoint({ more: 'manager: { autoActivate: true }' });
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  expect((await alice.send(now(1))).Instances).toHaveLength(1);
  const { CapacityReservation } = await alice.send(places(2, { InstanceMatchCriteria: 'targeted' }));
  await bed.moveTo(bed.service.now());
  expect(await statesOf(alice)).toEqual(['running']);
  expect(await capacities(alice)).toEqual([['active', 2, 2]]);
  await alice.send(into(CapacityReservation!.CapacityReservationId!, 2));
  expect(await statesOf(alice)).toEqual(['running', 'running', 'running']);
});

test('reserved instances are bought at a price that is on offer, have their places for their term, and may begin later', async () => {
  const endpoint = await ec2Endpoint();
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  await bed.as('olga', {
    method: 'POST',
    url: '/OpenPEX/accounts/1/deposits',
    payload: { amountMicros: 1_000_000_000, note: 'for reserved instances' },
  });
  const WEEK_S = 7 * 86_400;
  const { ReservedInstancesOfferings: onOffer = [] } = await alice.send(
    new DescribeReservedInstancesOfferingsCommand({ InstanceType: 'SMALL' as never }),
  );
  expect(onOffer.map(({ Duration }) => Duration! / 86_400)).toEqual([7, 30, 365]);
  const [offering] = onOffer;
  expect(offering).toMatchObject({
    InstanceType: 'SMALL',
    Duration: WEEK_S,
    OfferingType: 'All Upfront',
    Scope: 'Availability Zone',
    UsagePrice: 0,
  });
  const offeringId = offering!.ReservedInstancesOfferingId!;
  const purchase = (more: Partial<PurchaseReservedInstancesOfferingCommandInput> = {}) =>
    alice.send(
      new PurchaseReservedInstancesOfferingCommand({
        ReservedInstancesOfferingId: offeringId,
        InstanceCount: 2,
        ...more,
      }),
    );
  const limit = (Amount: number) => ({ LimitPrice: { Amount, CurrencyCode: 'credits' as never } });
  const price = offering!.FixedPrice!;
  expect(await message(purchase(limit(2 * price - 1)))).toEqual([
    'InvalidParameterValue',
    expect.stringContaining(`at least ${2 * price}`),
  ]);
  expect((await message(purchase({ ReservedInstancesOfferingId: 'other' })))[0]).toBe(
    'InvalidReservedInstancesOfferingId',
  );
  expect(await capacities(alice)).toEqual([]);
  const before = (await bed.accounts.get(1))!.balanceMicros;
  const { ReservedInstancesId } = await purchase(limit(2 * price));
  expect(before - (await bed.accounts.get(1))!.balanceMicros).toBe(2 * price * 1_000_000);
  const begins = new Date(NOW_MS + 2 * WEEK_S * 1000);
  const later = await purchase({ PurchaseTime: begins });

  // Its places are taken by who asks for nothing but the type, and nobody else gets them.
  expect((await alice.send(now(1))).Instances).toHaveLength(1);
  await bed.moveTo(bed.service.now());
  const { ReservedInstances: bought = [] } = await alice.send(new DescribeReservedInstancesCommand({}));
  // Both were bought at one instant, so they are listed by ids drawn at random.
  const byStart = bought.toSorted((a, b) => a.Start!.getTime() - b.Start!.getTime());
  expect(
    byStart.map(({ FixedPrice, InstanceCount, ReservedInstancesId: id, Start, State }) => ({
      id,
      FixedPrice,
      InstanceCount,
      Start,
      State,
    })),
  ).toEqual([
    {
      id: ReservedInstancesId,
      FixedPrice: price,
      InstanceCount: 2,
      Start: new Date(NOW_MS),
      State: 'active',
    },
    { id: later.ReservedInstancesId, FixedPrice: price, InstanceCount: 2, Start: begins, State: 'queued' },
  ]);
  expect((await capacities(alice)).toSorted()).toEqual([
    ['active', 1, 2],
    ['scheduled', 2, 2],
  ]);
  const [name, words] = await message(purchase({ InstanceCount: 3 }));
  expect([name, words]).toEqual([
    'ReservedInstancesUnavailable',
    expect.stringContaining('On offer: 3 SMALL'),
  ]);
  // They are a capacity reservation, of which there can be more and fewer: one costs what it cost.
  const { CapacityReservations = [] } = await alice.send(new DescribeCapacityReservationsCommand({}));
  const queued = CapacityReservations.find(({ State }) => State === 'scheduled')!;
  for (const InstanceCount of [3, 1]) {
    await alice.send(
      new ModifyCapacityReservationCommand({
        CapacityReservationId: queued.CapacityReservationId,
        InstanceCount,
      }),
    );
    const { ReservedInstances } = await alice.send(
      new DescribeReservedInstancesCommand({ ReservedInstancesIds: [later.ReservedInstancesId!] }),
    );
    expect(ReservedInstances).toMatchObject([{ InstanceCount, FixedPrice: price }]);
  }
  // Where nothing begins now, nothing is on offer.
  const none = await alice.send(
    new DescribeReservedInstancesOfferingsCommand({ InstanceType: 'XLARGE' as never }),
  );
  expect(none.ReservedInstancesOfferings).toEqual([]);
});

test('an offering is for what was asked for, and is held as long as it says, whatever else is asked for meanwhile', async () => {
  const endpoint = await ec2Endpoint();
  const alice = await clientOf(endpoint);
  const look = async (more: { StartDateRange?: Date } = {}) => {
    const asked = { InstanceType: 'SMALL', InstanceCount: 4, CapacityDurationHours: 1, ...more };
    const { CapacityBlockOfferings } = await alice.send(new DescribeCapacityBlockOfferingsCommand(asked));
    return CapacityBlockOfferings![0]!;
  };
  const tomorrow = await look({ StartDateRange: TOMORROW });
  expect(tomorrow.StartDate).toEqual(TOMORROW);
  const now = await look();
  expect(now.StartDate).toEqual(new Date(NOW_MS));
  // One that begins too early is none of those that are asked for.
  const again = await look({ StartDateRange: TOMORROW });
  expect([again.CapacityBlockOfferingId, again.StartDate]).toEqual([
    tomorrow.CapacityBlockOfferingId,
    TOMORROW,
  ]);
  // The day is full: what is named is what is held.
  await ask(endpoint.bed, 'bob', {
    startTime: new Date(TOMORROW.getTime() + HOUR_MS).toISOString(),
    duration: 3 * HOUR_MS,
  });
  const wish = { StartDate: TOMORROW, EndDate: new Date(TOMORROW.getTime() + HOUR_MS) };
  const [, words] = await message(alice.send(places(4, wish)));
  const [, id = '', start = ''] = /On offer as (cb-[0-9a-f]+): 4 SMALL from (\S+)/.exec(words)!;
  for (const [offeringId, startMs] of [
    [tomorrow.CapacityBlockOfferingId!, TOMORROW.getTime()],
    [now.CapacityBlockOfferingId!, NOW_MS],
    [id, Date.parse(start)],
  ] as const) {
    const { CapacityReservation } = await alice.send(
      new PurchaseCapacityBlockCommand({
        CapacityBlockOfferingId: offeringId,
        InstancePlatform: 'Linux/UNIX',
      }),
    );
    expect(CapacityReservation?.StartDate).toEqual(new Date(startMs));
  }
});

test('a change of a capacity reservation that is refused leaves all of it as it was', async () => {
  const endpoint = await ec2Endpoint();
  const { bed } = endpoint;
  const alice = await clientOf(endpoint);
  const end = new Date(TOMORROW.getTime() + HOUR_MS);
  const { CapacityReservation } = await alice.send(places(2, { StartDate: TOMORROW, EndDate: end }));
  const { CapacityReservationId = '' } = CapacityReservation!;
  const modify = (asked: { InstanceCount?: number; EndDate?: Date; StartDate?: Date }) =>
    message(alice.send(new ModifyCapacityReservationCommand({ CapacityReservationId, ...asked })));
  const described = async () => {
    const { CapacityReservations } = await alice.send(new DescribeCapacityReservationsCommand({}));
    const { items } = await bed.reservations.list({
      userId: 1,
      states: ['CONFIRMED', 'ACCEPTED', 'COUNTERED'],
      limit: 50,
    });
    return [
      CapacityReservations!.map(({ EndDate, StartDate, TotalInstanceCount }) => [
        StartDate,
        EndDate,
        TotalInstanceCount,
      ]),
      items.map(({ proposal, state }) => [state, proposal?.startMs, proposal?.durationMs]),
    ];
  };
  const before = await described();
  const later = new Date(end.getTime() + HOUR_MS);
  // The time alone could be had, and the places could not.
  expect((await modify({ EndDate: later, InstanceCount: 5 }))[0]).toBe('InsufficientInstanceCapacity');
  expect(await described()).toEqual(before);
  // The places alone could be had, and the time could not.
  await ask(bed, 'bob', { startTime: end.toISOString(), duration: HOUR_MS });
  expect((await modify({ EndDate: later, InstanceCount: 3 }))[0]).toBe('InsufficientInstanceCapacity');
  expect(await described()).toEqual(before);
  // Each place could be paid for, and both could not.
  const { items } = await bed.reservations.list({ userId: 1, states: ['CONFIRMED'], limit: 1 });
  const early = new Date(TOMORROW.getTime() - HOUR_MS);
  const left = Math.round(items[0]!.priceMicros * 1.5);
  const { balanceMicros = 0 } = (await bed.accounts.get(1))!;
  await bed.service.deposit({ userId: 1, amountMicros: left - balanceMicros, note: 'taken back' });
  expect((await modify({ StartDate: early }))[0]).toBe('InstanceLimitExceeded');
  expect(await described()).toEqual(before);
});

test('tags and parameters that say when a capacity reservation ends may not say two things', async () => {
  const endpoint = await ec2Endpoint();
  const alice = await clientOf(endpoint);
  const tagged = (Tags: { Key: string; Value: string }[], more = {}) =>
    alice.send(places(1, { TagSpecifications: [{ ResourceType: 'capacity-reservation', Tags }], ...more }));
  const duration = { Key: 'openpex:duration', Value: '2h' };
  const end = { Key: 'openpex:end', Value: TOMORROW.toISOString() };
  const start = { Key: 'openpex:start', Value: TOMORROW.toISOString() };
  for (const send of [
    () => tagged([duration, end]),
    () => tagged([duration], { EndDate: TOMORROW }),
    () => tagged([end], { EndDate: TOMORROW }),
    () => tagged([start], { StartDate: TOMORROW }),
  ])
    expect((await message(send()))[0]).toBe('InvalidParameterCombination');
  expect(await capacities(alice)).toEqual([]);
});

test('what is sold to nobody is not called a lack of room', async () => {
  const endpoint = await ec2Endpoint({ negotiation: 'shortestDuration: 1m, bookingHorizon: 30d' });
  const alice = await clientOf(endpoint);
  const lasting = (duration: string, ResourceType: 'capacity-reservation' | 'instance') => ({
    TagSpecifications: [{ ResourceType, Tags: [{ Key: 'openpex:duration', Value: duration }] }],
  });
  for (const [duration, why] of [
    ['1s', 'This is not sold (too-short): it is to last for 1m at least.'],
    ['40d', 'This is not sold (beyond-booking-horizon): it is to end within 30d.'],
  ] as const)
    for (const sent of [
      () => alice.send(places(1, lasting(duration, 'capacity-reservation'))),
      () => alice.send(new RunInstancesCommand({ ...now(1).input, ...lasting(duration, 'instance') })),
    ])
      expect(await message(sent())).toEqual(['InvalidParameterValue', why]);
});

test('nothing has more than fifty tags, however they come', async () => {
  const endpoint = await ec2Endpoint();
  const alice = await clientOf(endpoint);
  const { CapacityReservation } = await alice.send(places(1, { StartDate: TOMORROW }));
  const tag = (from: number, to: number) => {
    const Tags = Array.from({ length: to - from }, (_, i) => ({ Key: `k${from + i}`, Value: 'x' }));
    return alice.send(
      new CreateTagsCommand({ Resources: [CapacityReservation!.CapacityReservationId!], Tags }),
    );
  };
  await tag(0, 30);
  await tag(10, 50);
  expect((await message(tag(49, 51)))[0]).toBe('TagLimitExceeded');
  await tag(0, 50);
});
