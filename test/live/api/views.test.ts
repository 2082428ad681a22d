import { expect, test } from 'vitest';
import { LEASE_KINDS } from '../../../engine/index.ts';
import { reservationView } from '../../../live/api/views.ts';
import { provider } from '../../support/setup.ts';

const SERVICE = {
  resources: [],
  leaseKinds: LEASE_KINDS,
  settings: { ...provider().settings, autoActivate: false },
};

const TERMS = {
  type: 'SMALL',
  demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
  numInstancesFixed: 1,
  numInstancesOption: 0,
  startMs: 0,
  durationMs: 1,
  template: 'debian',
};

const OPENED = {
  reservationId: '5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91',
  userId: 1,
  username: 'alice',
  name: null,
  note: null,
  state: 'INITIATED',
  round: 0,
  proposal: null,
  priceMicros: 0,
  holdUntilMs: null,
  windowOpen: false,
  optionsClaimed: 0,
  change: null,
  activatedInstances: 0,
  nodeIds: [],
  createdMs: 0,
  confirmedMs: null,
  activatedMs: null,
  endedMs: null,
  endReason: null,
  noShow: false,
  refundMicros: 0,
  penaltyMicros: 0,
} as const;

test('a session that never got a proposal has nulls for its terms', () => {
  const view = reservationView(OPENED, SERVICE, {});
  expect(view).toMatchObject({
    status: 'INITIATED',
    startTime: null,
    startTimeMs: null,
    endTime: null,
    type: null,
    cpus: null,
    holdUntil: null,
  });
});

test.each([
  ['fulfilled', { state: 'EXPIRED', endReason: 'window-over', confirmedMs: 5 }],
  ['fulfilled', { state: 'EXPIRED', endReason: 'completed', confirmedMs: 5 }],
  ['no-show', { state: 'EXPIRED', endReason: 'window-over', confirmedMs: 5, noShow: true }],
  ['cancelled', { state: 'CANCELLED', endReason: 'cancelled-by-user', confirmedMs: 5 }],
  ['withdrawn', { state: 'CANCELLED', endReason: 'cancelled-by-user' }],
  ['failed', { state: 'FAILED', endReason: 'node-lost', confirmedMs: 5 }],
  ['capacity-lost', { state: 'FAILED', endReason: 'node-lost' }],
  ['expired', { state: 'EXPIRED', endReason: 'hold-expired' }],
  ['declined', { state: 'REJECTED', endReason: 'declined' }],
  ['rejected', { state: 'REJECTED', endReason: 'no-capacity' }],
  [null, { state: 'ACTIVATED', confirmedMs: 5 }],
] as const)('the outcome %s is that of %j', (outcome, end) => {
  expect(reservationView({ ...OPENED, ...end }, SERVICE, {}).outcome).toBe(outcome);
});

test.each([
  ['says so', { startsItself: true }, false, true],
  ['says nothing', {}, false, false],
  ['says nothing to a service that activates all', {}, true, true],
  ['says no to a service that activates all', { startsItself: false }, true, true],
  ['waits for its turn', { kind: 'best-effort' }, false, true],
] as const)('whether a reservation starts by itself that %s', (_, terms, autoActivate, startsItself) => {
  const proposal = { ...TERMS, ...terms };
  const service = { ...SERVICE, settings: { ...SERVICE.settings, autoActivate } };
  expect(reservationView({ ...OPENED, proposal }, service, {}).startsItself).toBe(startsItself);
});
