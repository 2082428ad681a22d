// A policy that ranks nodes is answered by the calendar. The answer must be that of its own `choose`, which looks at a view of every
// candidate: for every policy that ships, whatever is booked, lost, shared or named, on drafts as well.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { CapacityCalendar } from '../../../../engine/calendar/capacity-calendar.ts';
import type { ClusterSpec } from '../../../../engine/domain/node.ts';
import type { Resources } from '../../../../engine/domain/resources.ts';
import { Seat } from '../../../../engine/policy/policy-seat.ts';
import type { AllocationPolicy } from '../../../../engine/policy/ports.ts';
import { Outbox } from '../../../../engine/provider/outbox.ts';
import { Allocator } from '../../../../engine/provider/placement/allocator.ts';
import { NodeRecords } from '../../../../engine/provider/state/node-records.ts';
import { CATALOGUE } from '../../../../policies/catalogue.ts';
import { make } from '../../../policies/views.ts';
import { runs } from '../../../support/fast-check.ts';

const LENGTH = 1000;
/** All that ship, and those that look at one resource. */
const POLICIES: readonly { readonly name: string; readonly options?: Record<string, unknown> }[] = [
  ...CATALOGUE.allocation.map(({ name }) => ({ name })),
  ...['best-fit', 'worst-fit'].flatMap((name) =>
    ['cpu', 'disk', 'gpu', 'licence'].map((resource) => ({ name, options: { resource } })),
  ),
];

const MEMORIES = new Map(
  CATALOGUE.allocation.map(({ memory, name }) => [name, memory as (() => object) | undefined]),
);

const amount = fc.integer({ min: 0, max: 4 });
const demand = fc.record<Resources>(
  {
    milliCpus: amount,
    memoryMib: amount,
    diskGib: amount,
    named: fc.record({ gpu: amount, licence: amount }, { requiredKeys: [] }),
  },
  { requiredKeys: ['milliCpus', 'memoryMib', 'diskGib'] },
);
const capacity = fc.record<Resources>({
  milliCpus: fc.constantFrom(0, 4, 4, 8, 16),
  memoryMib: fc.constantFrom(8, 8, 12),
  diskGib: fc.constantFrom(0, 6, 20),
  named: fc.record({ gpu: fc.constantFrom(0, 2, 8) }, { requiredKeys: [] }),
});
const cluster: fc.Arbitrary<ClusterSpec> = fc.record(
  {
    nodes: fc
      .array(capacity, { minLength: 1, maxLength: 80 })
      .map((capacities) => capacities.map((each, i) => ({ nodeId: `n${i}`, group: 'g', capacity: each }))),
    resources: fc.constant([
      { name: 'gpu', divisible: false, scope: 'node' as const },
      { name: 'licence', divisible: false, scope: 'pool' as const, capacity: 40 },
    ]),
    sharedDiskGib: fc.integer({ min: 10, max: 400 }),
  },
  { requiredKeys: ['nodes', 'resources'] },
);
const ask = fc.record({
  startMs: fc.nat(LENGTH),
  lengthMs: fc.integer({ min: 1, max: LENGTH / 2 }),
  demand,
  count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
  /** Who places it, and in which order the nodes come of which it gives something back. */
  policy: fc.nat(POLICIES.length - 1),
  toggledNode: fc.nat(200),
  releases: fc.boolean(),
});

test('the calendar finds the nodes that the policy would choose', () => {
  fc.assert(fc.property(cluster, fc.array(ask, { maxLength: 60, size: 'max' }), fc.boolean(), compare), {
    numRuns: runs(150),
  });
});

function compare(
  spec: ClusterSpec,
  asks: readonly (typeof ask extends fc.Arbitrary<infer A> ? A : never)[],
  onDraft: boolean,
): void {
  const original = new CapacityCalendar(spec);
  let calendar = original;
  const booked: number[] = [];
  for (const [turn, { count, demand, lengthMs, policy, releases, startMs, toggledNode }] of asks.entries()) {
    if (onDraft && turn === Math.floor(asks.length / 2)) calendar = original.fork();
    if (toggledNode < calendar.nodeCount) {
      const isOut = calendar.isOut(toggledNode, startMs, startMs + 1);
      // For ever, or for as long as the window that is asked for.
      const untilMs = turn % 2 === 0 ? Number.POSITIVE_INFINITY : startMs + lengthMs;
      calendar.setOutages(toggledNode, isOut ? [] : [{ fromMs: startMs, untilMs }]);
    }
    if (releases && booked.length > 0) {
      const [id] = booked.splice(turn % booked.length, 1);
      assert.equal(calendar.apply([{ edit: 'release', id: id! }]).kind, 'applied');
    }
    const request = { startMs, endMs: startMs + lengthMs, demand, count };
    if (!calendar.canPlace(request)) continue;
    const answers = POLICIES.map(({ name, options }) => {
      const policy = make('allocation', name, options) as AllocationPolicy;
      const byViews: AllocationPolicy = { choose: (...about) => policy.choose(...about) };
      const memory = MEMORIES.get(name);
      const found = placed(calendar, spec, { policy, memory }, request);
      assert.deepEqual(found, placed(calendar, spec, { policy: byViews, memory }, request), name);
      return found;
    });
    const outcome = calendar.apply(answers[policy]!);
    if (outcome.kind === 'applied') booked.push(...outcome.bookings);
  }
}

function placed(
  calendar: CapacityCalendar,
  { nodes }: ClusterSpec,
  seated: { readonly policy: AllocationPolicy; readonly memory: (() => object) | undefined },
  request: Parameters<Allocator['place']>[0],
) {
  const outbox = new Outbox({ provider: 'p', lastEventSeq: 0, keepsTrack: false });
  outbox.open(0);
  const { memory, policy } = seated;
  const allocation = new Seat('allocation', { name: 'any', policy, ...(memory && { memory }) }, 1);
  const allocator = new Allocator({ outbox, calendar, nodes, records: new NodeRecords(), allocation });
  return allocator.place(
    request,
    { owner: 'R1', kind: 'hold', round: 1, firstNumber: 1 },
    allocator.sitting(),
  );
}
