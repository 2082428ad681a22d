// Everything goes wrong at once: nodes die and come back, operators drain them, guests crash, hang and finish, operations fail and
// take their time. Whatever happens, no promise is broken unnoticed and everything comes to rest.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../support/fast-check.ts';
import { node } from '../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../support/story.ts';

const NODE_IDS = ['n1', 'n2', 'n3'];
const END_MS = 150;

interface Happening {
  readonly atMs: number;
  readonly what: 'fail' | 'return' | 'drain' | 'enable' | 'crash' | 'hang' | 'cancel' | 'activate' | 'claim';
  readonly nodeId: string;
  readonly user: number;
}

interface Booking {
  readonly askedMs: number;
  readonly leadMs: number;
  readonly durationMs: number;
  readonly type: 'SMALL' | 'MEDIUM';
  readonly instances: number;
  readonly options: number;
  /** Confirms it, and so long after the offer. */
  readonly thinkMs: number;
}

const when = fc.integer({ min: 0, max: END_MS });
const spread = fc
  .tuple(fc.constantFrom(0, 0, 1, 5), fc.constantFrom(0, 0, 3, 20))
  .map(([minMs, moreMs]) => ({ minMs, maxMs: minMs + moreMs }));

const booking: fc.Arbitrary<Booking> = fc.record({
  askedMs: when,
  leadMs: fc.integer({ min: 0, max: 30 }),
  durationMs: fc.integer({ min: 1, max: 120 }),
  type: fc.constantFrom('SMALL', 'SMALL', 'SMALL', 'MEDIUM'),
  instances: fc.constantFrom(1, 1, 1, 2, 3),
  options: fc.constantFrom(0, 0, 1, 2),
  thinkMs: fc.constantFrom(0, 0, 0, 2, 15),
});

const happening: fc.Arbitrary<Happening> = fc.record({
  atMs: when,
  // More ends of trouble than beginnings, or soon every node is out.
  what: fc.constantFrom<Happening['what'][]>(
    ...(['fail', 'fail', 'return', 'return', 'return', 'return'] as const),
    ...(['drain', 'drain', 'drain', 'enable', 'enable', 'enable', 'enable'] as const),
    ...(['crash', 'hang', 'cancel', 'activate', 'activate', 'claim', 'claim', 'claim'] as const),
  ),
  nodeId: fc.constantFrom(...NODE_IDS),
  user: fc.nat(7),
});

/** Delays of detection are what lets the manager's view differ from the world: with and without. */
const settingsWith = (detection: fc.Arbitrary<number>): fc.Arbitrary<StorySettings> =>
  fc.record({
    seed: fc.integer(),
    sharedDiskGib: fc.constantFrom(60, 1000),
    manager: fc.record({
      holdMs: fc.constantFrom(3, 10),
      claimRisk: fc.constantFrom(0.2, 0.8),
      earlyRelease: fc.boolean(),
      keepDisksMs: fc.constantFrom(undefined, 1, 25),
      shutdownLeadMs: fc.constantFrom(0, 3, 30),
      maxAttempts: fc.constantFrom(1, 3, 10),
      retryDelayMs: fc.constantFrom(1, 7),
      autoActivate: fc.constantFrom(true, true, false),
    }),
    hypervisor: fc.record({
      create: spread,
      start: spread,
      stop: spread,
      reboot: spread,
      suspend: spread,
      resume: spread,
      migrate: spread,
      destroy: spread,
      nodeDetectionMs: detection,
      hangDetectionMs: detection,
      guestsWithoutTools: fc.constantFrom(0, 0, 0.5),
    }),
    faults: fc.record({
      operationFailure: fc.constantFrom(0, 0, 0.2),
      operationRefusal: fc.constantFrom(0, 0, 0.5),
      operationWait: fc.constantFrom(0, 0, 0.3),
      guestCrashMtbfMs: fc.constantFrom(Number.POSITIVE_INFINITY, 60),
      guestHangMtbfMs: fc.constantFrom(Number.POSITIVE_INFINITY, 60),
    }),
    guests: fc.constantFrom({}, { u0: '10ms', u1: '25ms', u2: '40ms', u3: '1ms' }),
  });

function stage(
  settings: StorySettings,
  bookings: readonly Booking[],
  happenings: readonly Happening[],
): Story {
  const story = tell({ nodes: NODE_IDS.map((nodeId) => node(nodeId, 3)), ...settings });
  bookings.forEach(({ askedMs, durationMs, instances, leadMs, options, thinkMs, type }, i) => {
    const user = `u${i}`;
    const start = askedMs + leadMs;
    story.at(askedMs).request(user, { start, duration: `${durationMs}ms`, type, instances, options });
    story
      .at(askedMs + thinkMs)
      .accept(user)
      .confirm(user);
  });
  for (const { atMs, nodeId, user, what } of happenings) {
    const scene = story.at(atMs);
    if (what === 'crash' || what === 'hang') scene[what](`u${user}/1`);
    else if (what === 'cancel' || what === 'activate') scene[what](`u${user}`);
    else if (what === 'claim') scene.claim(`u${user}`, 2);
    else scene[what](nodeId);
  }
  return story;
}

const bookings = fc.array(booking, { minLength: 1, maxLength: 12, size: 'max' });
const happenings = fc.array(happening, { maxLength: 24, size: 'max' });

/** What nodes cannot do, of some of them. */
const limits = fc.option(
  fc.record(
    { liveMigration: fc.boolean(), suspension: fc.boolean(), storage: fc.constantFrom('a', 'b') },
    { requiredKeys: ['liveMigration', 'suspension'] },
  ),
  { nil: undefined },
);
const limitedNodes = fc.tuple(...NODE_IDS.map(() => limits)).map((drawn) =>
  NODE_IDS.map((nodeId, index) => {
    const each = drawn[index];
    return { ...node(nodeId, 3), ...(each !== undefined && { limits: each }) };
  }),
);

test('whatever nodes cannot do, promises are kept or paid for, and nobody is asked to leave where it cannot', () => {
  fc.assert(
    fc.property(
      settingsWith(fc.constantFrom(0, 1, 10)),
      limitedNodes,
      bookings,
      happenings,
      (settings, nodes, asked, happened) => {
        const story = stage({ ...settings, nodes }, asked, happened).run();
        const of = new Map(nodes.map(({ limits: each, nodeId }) => [nodeId, each]));
        for (const { fromNodeId, toNodeId } of story.eventsOf('vm-migrated')) {
          expect(of.get(fromNodeId)?.liveMigration).not.toBe(false);
          expect(of.get(toNodeId)?.liveMigration).not.toBe(false);
          expect(of.get(fromNodeId)?.storage).toBe(of.get(toNodeId)?.storage);
        }
      },
    ),
    { numRuns: runs(200), seed: 80 },
  );
});

test('whatever goes wrong, promises are kept or paid for, and everything comes to rest', () => {
  fc.assert(
    fc.property(
      settingsWith(fc.constantFrom(0, 1, 10)),
      bookings,
      happenings,
      (settings, asked, happened) => {
        stage(settings, asked, happened).run();
      },
    ),
    { numRuns: runs(400), seed: 77 },
  );
});

test('as long as every loss is noticed at once, no operation ever meets a node that is full', () => {
  fc.assert(
    fc.property(settingsWith(fc.constant(0)), bookings, happenings, (settings, asked, happened) => {
      const story = stage(settings, asked, happened).run();
      const errors = story.eventsOf('operation-failed').filter(({ error }) => error === 'NODE_FULL');
      expect(errors).toEqual([]);
    }),
    { numRuns: runs(300), seed: 78 },
  );
});

test('once the trouble is over, everything runs that has a node to run on, and what has none stands by', () => {
  const patient = settingsWith(fc.constantFrom(0, 1, 10)).map((settings) => ({
    ...settings,
    manager: { ...settings.manager, autoActivate: true, maxAttempts: 1000, shutdownLeadMs: 0 },
    faults: {},
  }));
  const long = bookings.map((asked) => asked.map((each) => ({ ...each, durationMs: 1000 })));
  fc.assert(
    fc.property(patient, long, happenings, (settings, asked, happened) => {
      const story = stage(settings, asked, happened);
      const nodes = story.runUntil(END_MS + 300).provider.nodeConditions();
      for (const vm of story.provider.vms()) {
        if (vm.guestDone || vm.wanted === 'deleted') continue;
        // What can be neither moved nor suspended runs on where it is.
        const isStuck = vm.trouble?.operation === 'migrate' || vm.trouble?.operation === 'suspend';
        expect(vm, vm.id).toMatchObject(
          isStuck || (nodes[vm.targetIndex]!.isUp && nodes[vm.targetIndex]!.isInService)
            ? { state: 'RUNNING', nodeIndex: vm.targetIndex, hung: false, operation: undefined }
            : { state: expect.stringMatching(/NOT_PROVISIONED|HALTED|SUSPENDED/), operation: undefined },
        );
      }
      story.run();
    }),
    { numRuns: runs(300), seed: 79 },
  );
});
