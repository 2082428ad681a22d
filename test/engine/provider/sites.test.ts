// Nodes on sites: users ask for one, all instances are there, and VMs that run go from one to another with their disks.
import fc from 'fast-check';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { counterOfferPolicy, type NodeSpec, type SiteLink } from '../../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { runs } from '../../support/fast-check.ts';
import { node, policy } from '../../support/setup.ts';
import { type StorySettings, TYPES, tell } from '../../support/story.ts';
import { SETTINGS } from '../hypervisor/migration/migrations.ts';

const MBIT = 1e6 / 8;

/** Two sites, of two nodes each unless told otherwise, each with the disks of its VMs. */
function sites(link: Partial<SiteLink> | null = {}, perSite = 2): NodeSpec[] {
  const between = { bytesPerS: 100 * MBIT, rttMs: 0, windowBytes: Number.POSITIVE_INFINITY, ...link };
  return ['north', 'south'].flatMap((name) => {
    const other = name === 'north' ? 'south' : 'north';
    const site = { name, links: link === null ? {} : { [other]: between } };
    return Array.from({ length: perSite }, (_, index) => ({
      ...node(`${name}-${index + 1}`),
      site,
      limits: { liveMigration: true, suspension: true, storage: name },
    }));
  });
}

const nodesOf = (story: ReturnType<typeof tell>, user: string) =>
  story
    .eventsOf('window-opened')
    .filter(({ reservationId }) => reservationId === user)
    .flatMap(({ pieces }) => pieces.map(({ nodeId }) => nodeId));

test('all instances are on the site that is asked for, whatever the allocation policy would rather', () => {
  const story = tell({ nodes: sites(), manager: { autoActivate: true } });
  story.at('09:00').book('alice', { start: '10:00', instances: 3, sites: ['south'] });
  story.at('09:01').book('bob', { start: '10:00', instances: 3 });
  story.run();
  expect(nodesOf(story, 'alice')).toEqual(['south-1']);
  // The most loaded node with room is in the south, and bob is anywhere.
  expect(nodesOf(story, 'bob')).toEqual(['south-1', 'north-1']);
});

test('of several sites it is the first with room for all instances together; the terms say which', () => {
  const story = tell({ nodes: sites(), manager: { autoActivate: true } });
  story.at('09:00').book('alice', { start: '10:00', type: 'XLARGE', sites: ['north'] });
  // There are two nodes left, but not on one site.
  story.at('09:01').book('bob', { start: '10:00', instances: 5, sites: ['north', 'south'] });
  story.run();
  expect(nodesOf(story, 'bob')).toEqual(['south-1', 'south-2']);
  const asked = story.eventsOf('proposal-received').find(({ reservationId }) => reservationId === 'bob');
  expect(asked?.proposal).toMatchObject({ sites: ['north', 'south'], demand: { site: 'south' } });
});

test('where no site has room the counter-offer is the first start on any of them', () => {
  const story = tell({ nodes: sites(), manager: { autoActivate: true } });
  story.at('09:00').book('alice', { start: '10:00', instances: 8, duration: '3h', sites: ['north'] });
  story.at('09:01').book('bob', { start: '10:00', instances: 8, duration: '2h', sites: ['south'] });
  story.at('09:02').request('carol', { start: '10:00', instances: 8, sites: ['north', 'south'] });
  story.at('09:03').accept('carol').confirm('carol');
  story.run();
  expect(story.eventsOf('offer-countered')).toMatchObject([
    { reservationId: 'carol', proposal: { startMs: story.ms('12:00'), demand: { site: 'south' } } },
  ]);
  expect(nodesOf(story, 'carol')).toEqual(['south-1', 'south-2']);
});

test('what a policy that knows nothing of sites asks for is looked for on the site that was asked for', () => {
  const smaller = makePolicy(
    resolvePolicy(
      counterOfferPolicy({
        name: 'smaller',
        summary: 'The largest smaller type that has room.',
        options: Type.Object({}),
        create: () => ({
          respond: ({ proposal }, view) =>
            ['LARGE', 'MEDIUM', 'SMALL']
              .map((type) => ({ type, demand: TYPES[type]! }))
              .filter((terms) => view.canPlace({ ...proposal, ...terms }))
              .slice(0, 1),
        }),
      }),
    ),
  );
  const story = tell({ nodes: sites({}, 1), policies: { counterOffer: smaller } });
  // What is left: two CPUs in the north, all four in the south.
  story.at('09:00').book('alice', { start: '10:00', instances: 2, sites: ['north'] });
  story.at('09:01').request('bob', { start: '10:00', type: 'XLARGE', sites: ['north'] });
  story.run();
  expect(story.eventsOf('offer-countered')).toMatchObject([
    { reservationId: 'bob', proposal: { type: 'MEDIUM', demand: { site: 'north' } } },
  ]);
});

test('more than a site has, or a site that is not there, is never to be had', () => {
  const story = tell({ nodes: sites() });
  for (const terms of [{ instances: 9, sites: ['north'] }, { sites: ['east'] }]) {
    const user = terms.sites[0]!;
    expect(story.user(user).request({ start: '10:00', ...terms })).toMatchObject({
      reply: 'REJECT',
      reason: 'never-fits',
    });
  }
});

test('that one site has no room says nothing of another to who waits in the queue', () => {
  const story = tell({ nodes: sites({}, 1), manager: { autoActivate: true, backfillReservations: 1 } });
  const job = { kind: 'best-effort', instances: 4 } as const;
  story.at('09:00').book('ann', { ...job, duration: '2h', sites: ['north'] });
  story.at('09:01').book('bob', { ...job, sites: ['north'] });
  story.at('09:02').book('carol', { ...job, sites: ['south'] });
  story.run();
  const begun = story.eventsOf('window-opened').map(({ endMs, reservationId }) => [reservationId, endMs]);
  expect(begun).toEqual([
    ['ann', story.ms('11:00')],
    ['carol', story.ms('10:02')],
    ['bob', story.ms('12:00')],
  ]);
});

test('a smaller type is offered on the same site', () => {
  const story = tell({
    nodes: sites({}, 1),
    policies: { counterOffer: policy('counter-offer', 'fewer-instances') },
  });
  story.at('09:00').book('alice', { start: '10:00', instances: 2, sites: ['south'] });
  story.at('09:01').request('bob', { start: '10:00', instances: 4, sites: ['south'] });
  story.runUntil('09:02');
  expect(story.eventsOf('offer-countered')).toMatchObject([
    { proposal: { numInstancesFixed: 2, demand: { site: 'south' } } },
  ]);
});

const COPYING = {
  migration: {
    ...SETTINGS,
    memoryInUse: { min: 1, max: 1 },
    disk: { ...SETTINGS.disk, inUse: { min: 0.1, max: 0.1 } },
  },
};

test('from a drained site running VMs go over the link, with their disks', () => {
  const story = tell({
    nodes: sites({ rttMs: 20 }, 1),
    manager: { autoActivate: true },
    hypervisor: COPYING,
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '3h', instances: 2 });
  story.at('10:30').drain('north-1');
  story.run();
  const moved = story.eventsOf('vm-migrated');
  expect(moved.map(({ toNodeId }) => toNodeId)).toEqual(['south-1', 'south-1']);
  // 1 GiB of 10 and 768 MiB, of each of the two, over 12.5 MB a second that they share; memory in two rounds.
  const bytes = 2 ** 30 + 768 * 2 ** 20;
  for (const { atMs, converged, sentBytes, startedMs } of moved) {
    expect(sentBytes).toBe(bytes);
    expect(converged).toBe(true);
    expect((atMs - startedMs) / 1000).toBeCloseTo((2 * bytes) / (100 * MBIT), 0);
  }
  expect(story.endOf('alice')).toMatchObject({ reason: 'window-over' });
});

test('where there is no link, or a site was asked for, they stay on their site and stand still', () => {
  for (const [link, terms] of [
    [null, {}],
    [{}, { sites: ['north'] }],
  ] as const) {
    const story = tell({
      nodes: sites(link, 1),
      manager: { autoActivate: true },
      hypervisor: COPYING,
    });
    story.at('09:00').book('alice', { start: '10:00', duration: '3h', ...terms });
    story.at('10:30').drain('north-1');
    story.at('11:00').enable('north-1');
    story.run();
    expect(story.eventsOf('vm-migrated')).toEqual([]);
    expect(story.eventsOf('operation-failed')).toEqual([]);
    const states = story.eventsOf('vm-state-changed').map(({ nodeId, to }) => `${to} ${nodeId}`);
    expect(states).toContain('SUSPENDED north-1');
  }
});

test('a guest that writes to its disk faster than the link carries is never called converged', () => {
  const story = tell({
    nodes: sites({}, 1),
    manager: { autoActivate: true },
    hypervisor: {
      migration: {
        ...COPYING.migration,
        disk: { ...COPYING.migration.disk, writtenBytesPerS: { min: 200 * MBIT, max: 200 * MBIT } },
      },
    },
  });
  story.at('09:00').book('alice', { start: '10:00', duration: '9h' });
  story.at('10:30').drain('north-1');
  story.run();
  expect(story.eventsOf('vm-migrated')).toMatchObject([{ toNodeId: 'south-1', converged: false }]);
});

const trouble = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 400_000 }),
    what: fc.constantFrom(
      ...(['fail', 'return', 'return', 'drain', 'drain', 'enable', 'enable', 'crash', 'cancel'] as const),
    ),
    nodeId: fc.constantFrom('north-1', 'north-2', 'south-1', 'south-2'),
    user: fc.nat(5),
  }),
  { maxLength: 20, size: 'max' },
);
const asked = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 200_000 }),
    leadMs: fc.integer({ min: 0, max: 60_000 }),
    durationMs: fc.integer({ min: 1000, max: 300_000 }),
    instances: fc.integer({ min: 1, max: 5 }),
    sites: fc.constantFrom(undefined, undefined, ['north'], ['south', 'north']),
  }),
  { minLength: 1, maxLength: 6 },
);
const settings: fc.Arbitrary<StorySettings> = fc.record({
  seed: fc.integer(),
  manager: fc.record({
    autoActivate: fc.constant(true),
    keepDisksMs: fc.constantFrom(undefined, 30_000),
    waitlistMax: fc.constant(10),
  }),
  hypervisor: fc.record({
    migration: fc.record({
      ...Object.fromEntries(Object.entries(SETTINGS).map(([key, value]) => [key, fc.constant(value)])),
      model: fc.constantFrom('xen', 'post-copy', 'stop-and-copy'),
      disk: fc.record({
        inUse: fc.constant({ min: 0, max: 0.1 }),
        writtenBytesPerS: fc.constantFrom({ min: 0, max: 0 }, { min: 1e6, max: 2e8 }),
        workingSet: fc.constant({ min: 0, max: 1 }),
        fewBytes: fc.constant(1e6),
        maxRounds: fc.constantFrom(1, 5),
      }),
    }) as fc.Arbitrary<typeof SETTINGS>,
    nodeDetectionMs: fc.constantFrom(0, 5000),
    guestsWithoutTools: fc.constantFrom(0, 0, 0.5),
  }),
  faults: fc.record({
    operationFailure: fc.constantFrom(0, 0, 0.2),
    operationRefusal: fc.constantFrom(0, 0, 0.3),
  }),
});

test('whatever goes wrong, VMs are where their users want them, and cross only where there is a link', () => {
  fc.assert(
    fc.property(settings, fc.boolean(), asked, trouble, (drawn, isLinked, requests, happened) => {
      const story = tell({ ...drawn, nodes: sites(isLinked ? { bytesPerS: 1e9, rttMs: 30 } : null) });
      requests.forEach(({ atMs, durationMs, instances, leadMs, sites: wanted }, i) => {
        const terms = { start: atMs + leadMs, duration: `${durationMs}ms`, instances };
        story.at(atMs).request(`u${i}`, wanted === undefined ? terms : { ...terms, sites: wanted });
        story.at(atMs).accept(`u${i}`).confirm(`u${i}`);
      });
      for (const { atMs, nodeId, user, what } of happened) {
        const scene = story.at(atMs);
        if (what === 'crash') scene.crash(`u${user}/1`);
        else if (what === 'cancel') scene.cancel(`u${user}`);
        else scene[what](nodeId);
      }
      // The auditor objects where an instance is booked on another site than its terms say.
      story.run();
      const siteOf = (nodeId: string) => nodeId.split('-')[0];
      for (const { demand, fromNodeId, toNodeId } of story.eventsOf('vm-migrated')) {
        if (siteOf(fromNodeId) === siteOf(toNodeId)) continue;
        expect(isLinked).toBe(true);
        expect(demand.site).toBeUndefined();
      }
      const errors = story.eventsOf('operation-failed').filter(({ error }) => error === 'REFUSED');
      expect(errors).toEqual([]);
    }),
    { numRuns: runs(60), seed: 18 },
  );
});
