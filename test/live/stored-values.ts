// Values of every kind that is stored, drawn at random.
import fc from 'fast-check';
import type {
  OutageSnapshot,
  PieceSnapshot,
  Proposal,
  ReservationSnapshot,
  Resources,
} from '../../engine/index.ts';
import type { StoredVm } from '../../live/database/tables.ts';

export const whole = (max = Number.MAX_SAFE_INTEGER) => fc.integer({ min: 0, max });

/** As far as a column of 32 bits goes. */
export const small = () => whole(2 ** 31 - 1);

/** Any text but NUL, which PostgreSQL does not store and JSON bodies are not let in with. */
export const text = () =>
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));

export const resources: fc.Arbitrary<Resources> = fc.record(
  {
    milliCpus: small(),
    memoryMib: small(),
    diskGib: small(),
    named: fc.dictionary(fc.constantFrom('gpu', 'licence'), small()),
  },
  { requiredKeys: ['milliCpus', 'memoryMib', 'diskGib'] },
);

export const proposals: fc.Arbitrary<Proposal> = fc.record(
  {
    type: text(),
    demand: resources,
    numInstancesFixed: whole(10_000),
    numInstancesOption: whole(10_000),
    startMs: whole(),
    durationMs: whole(),
    template: text(),
    earliestStartMs: whole(),
    maxPriceMicros: whole(),
    kind: fc.constantFrom('advance', 'immediate'),
    leeway: fc.record(
      { latestStartMs: whole(), deadlineMs: whole(), minDurationMs: whole(), minInstances: whole(10_000) },
      { requiredKeys: [] },
    ),
    startsItself: fc.boolean(),
    startSlides: fc.boolean(),
    waitlist: fc.record(
      { untilMs: whole(), instead: fc.constant(true as const) },
      { requiredKeys: ['untilMs'] },
    ),
    otherwise: fc.array(
      fc.record(
        {
          startMs: whole(),
          durationMs: whole(),
          numInstancesFixed: whole(10_000),
          type: text(),
          demand: resources,
          maxPriceMicros: whole(),
        },
        { requiredKeys: [] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    preference: fc.record({ requirements: text(), rank: text() }, { requiredKeys: [] }),
  },
  {
    requiredKeys: [
      'type',
      'demand',
      'numInstancesFixed',
      'numInstancesOption',
      'startMs',
      'durationMs',
      'template',
    ],
  },
);

/** But for their ids. What is in progress is not stored. */
export const vms: fc.Arbitrary<Omit<StoredVm, 'vmId'>> = fc.record({
  wanted: fc.constantFrom('running', 'halted', 'suspended', 'deleted'),
  state: fc.constantFrom(
    'NOT_PROVISIONED',
    'HALTED',
    'RUNNING',
    'PAUSED',
    'SUSPENDED',
    'UNDER_MIGRATION',
    'DELETED',
  ),
  nodeId: text(),
  loadPermille: whole(1_000),
  ipAddress: fc.option(fc.ipV4()),
  guestDone: fc.boolean(),
  hung: fc.boolean(),
  rebootDue: fc.boolean(),
  powerOffDue: fc.boolean(),
  attempts: whole(100),
  hasRun: fc.boolean(),
  trouble: fc.option(
    fc.record({
      operation: fc.constantFrom('create', 'suspend', 'migrate'),
      kind: fc.constantFrom('waits', 'refused', 'failed'),
      reason: fc.constantFrom('no-guest-tools', 'disk-in-use'),
      sinceMs: whole(),
    }),
  ),
  keptUntilMs: fc.option(whole()),
  parkedSinceMs: fc.option(whole()),
  stays: fc.boolean(),
  service: fc.option(
    fc.record({
      lateMs: whole(),
      outMs: whole(),
      lacksSinceMs: fc.option(whole()),
      hasBeenUp: fc.boolean(),
      isExcused: fc.boolean(),
    }),
  ),
  operations: small(),
});

export const pieces: fc.Arbitrary<PieceSnapshot> = fc.record({
  nodeId: text(),
  startMs: whole(),
  endMs: whole(),
  use: fc.constantFrom('run', 'suspend', 'resume', 'migrate', 'given-up'),
});

export const outages: fc.Arbitrary<OutageSnapshot> = fc.record({
  outageId: fc.uuid(),
  nodeId: text(),
  cause: fc.constantFrom('lost', 'drained', 'maintenance'),
  fromMs: whole(),
  untilMs: fc.option(whole()),
  begun: fc.boolean(),
  dueOrder: whole(),
});

export const states = fc.constantFrom('INITIATED', 'ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED');

export const ends: fc.Arbitrary<NonNullable<ReservationSnapshot['end']>> = fc.record({
  state: fc.constantFrom('EXPIRED', 'REJECTED', 'CANCELLED', 'FAILED'),
  reason: fc.constantFrom('window-over', 'node-lost', 'declined', 'never-fits'),
});

/** Of a lease that gives way, or was suspended. */
export const progresses: fc.Arbitrary<NonNullable<ReservationSnapshot['progress']>> = fc.record({
  doneMs: whole(),
  isSuspended: fc.boolean(),
  wayOut: fc.option(
    fc.record({ atMs: whole(), by: fc.constantFrom('suspend', 'restart'), hasBegun: fc.boolean() }),
  ),
});

export const origins: fc.Arbitrary<NonNullable<ReservationSnapshot['origin']>> = fc.record(
  {
    requestId: text(),
    kind: fc.constantFrom('advance', 'immediate', 'best-effort', 'deadline', 'flexible', 'preemptible'),
    buyer: text(),
    latestStartMs: fc.option(whole()),
    runTimeMs: whole(),
  },
  { requiredKeys: ['requestId', 'kind', 'buyer', 'latestStartMs'] },
);
