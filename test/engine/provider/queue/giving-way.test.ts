// Leases that give way to others: suspended and resumed, or begun again.
import { expect, test } from 'vitest';
import type { ProviderSetup } from '../../../../engine/index.ts';
import { restarting } from '../../../support/restarting.ts';
import { node, policy } from '../../../support/setup.ts';
import { type Story, type StorySettings, type Terms, tell } from '../../../support/story.ts';

const job = (instances: number, duration: string): Terms => ({ kind: 'preemptible', instances, duration });

/** 768 MiB at 12.8 MiB/s: a minute to suspend, a minute to resume, where VMs do not share a node. */
const suspension = {
  suspendMibPerS: 12.8,
  resumeMibPerS: 12.8,
  enactmentMs: 0,
  exclusion: 'node',
  threshold: 1,
} as const;

const youngest = { preemption: policy('preemption', 'youngest') };

/** Four CPUs; a reservation for all of them from 10:00 to 11:00. */
function aReservationAhead(settings: StorySettings = {}): Story {
  const story = tell({ nodes: [node('n1', 1), node('n2', 1), node('n3', 1), node('n4', 1)], ...settings });
  story.at('08:00').book('reservation', { start: '10:00', duration: '1h', instances: 4 });
  return story;
}

test('it runs up to a reservation, is suspended just before it, and resumed after it', () => {
  const story = aReservationAhead({ manager: { suspension } });
  story.at('09:00').book('alice', job(2, '2h'));
  story.run();
  expect(story.timeline()).toMatchInlineSnapshot(`
    "08:00  reservation asks for 4 SMALL 10:00-11:00
           reservation <- ACCEPT on n1+n2+n3+n4, held until 08:10
           reservation is CONFIRMED on n1+n2+n3+n4
    09:00  alice asks for 2 SMALL 09:00-11:00
           alice <- ACCEPT on , held until 09:10
           alice is CONFIRMED on 
           alice may run until 09:59 on n1+n2
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/2 HALTED on n2
           alice/1 RUNNING on n1
           alice/2 RUNNING on n2
    09:59  alice/1 SUSPENDED on n1
           alice/2 SUSPENDED on n2
    10:00  alice is suspended with 61m left
           reservation may run until 11:00 on n1+n2+n3+n4
    11:00  reservation is EXPIRED: window-over [no-show]
           alice may run until 12:02 on n1+n2
           alice is resumed with 61m left
           alice/1 RUNNING on n1
           alice/2 RUNNING on n2
    12:02  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/2 HALTED on n2
           alice/1 DELETED on n1
           alice/2 DELETED on n2"
  `);
  expect(story.eventsOf('lease-suspended')).toMatchObject([{ leftMs: 61 * 60_000 }]);
});

test('without suspension it does not begin, when it would not be done before', () => {
  const story = aReservationAhead();
  story.at('09:00').book('alice', job(2, '2h'));
  story.run();
  expect(
    story.eventsOf('window-opened').filter(({ reservationId }) => reservationId === 'alice'),
  ).toMatchObject([{ atMs: story.ms('11:00') }]);
});

test('who has to make room while it is being resumed begins again, and keeps no node', () => {
  const story = aReservationAhead({
    // Ten minutes to resume it.
    manager: { suspension: { ...suspension, resumeMibPerS: 1.28 } },
    policies: youngest,
  });
  story.at('09:00').book('alice', job(2, '2h'));
  story.at('11:03').book('bob', { start: '11:05', duration: '30m', instances: 4 });
  story.run();
  expect(story.eventsOf('lease-resumed')).toMatchObject([
    { atMs: story.ms('11:00'), untilMs: story.ms('11:10') },
  ]);
  expect(story.eventsOf('lease-requeued')).toMatchObject([
    { atMs: story.ms('11:05'), because: 'preempted', lostMs: 59 * 60_000 },
  ]);
  expect(story.endOf('alice')).toMatchObject({ reason: 'window-over', atMs: story.ms('13:35') });
});

test('a guest that is done early is done: what it ran before and after is added up', () => {
  const story = aReservationAhead({ manager: { suspension }, guests: { alice: '80m' } });
  story.at('09:00').book('alice', job(2, '2h'));
  story.run();
  // 59 minutes before and 21 after: this hypervisor resumes it in no time.
  expect(story.endOf('alice')).toMatchObject({
    state: 'EXPIRED',
    reason: 'completed',
    atMs: story.ms('11:21'),
  });
});

test('a request that has no room takes it from who came last; suspended, where there is time', () => {
  const story = tell({
    nodes: [node('n1', 1), node('n2', 1), node('n3', 1)],
    manager: { suspension },
    policies: youngest,
  });
  story.at('09:00').book('alice', job(1, '4h')).book('bob', job(1, '4h')).book('cleo', job(1, '4h'));
  story.at('09:30').book('reservation', { start: '10:00', duration: '1h', instances: 2 });
  story.run();
  expect(story.timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 09:00-13:00
           alice <- ACCEPT on , held until 09:10
           alice is CONFIRMED on 
           alice may run until 13:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
           bob asks for 1 SMALL 09:00-13:00
           bob <- ACCEPT on , held until 09:10
           bob is CONFIRMED on 
           bob may run until 13:00 on n2
           bob is ACTIVATED
           bob/1 HALTED on n2
           bob/1 RUNNING on n2
           cleo asks for 1 SMALL 09:00-13:00
           cleo <- ACCEPT on , held until 09:10
           cleo is CONFIRMED on 
           cleo may run until 13:00 on n3
           cleo is ACTIVATED
           cleo/1 HALTED on n3
           cleo/1 RUNNING on n3
    09:30  reservation asks for 2 SMALL 10:00-11:00
           cleo gives way to reservation at 09:59 (suspend)
           bob gives way to reservation at 09:59 (suspend)
           reservation <- ACCEPT on n2+n3, held until 09:40
           reservation is CONFIRMED on n2+n3
    09:59  cleo/1 SUSPENDED on n3
           bob/1 SUSPENDED on n2
    10:00  cleo is suspended with 181m left
           bob is suspended with 181m left
           reservation may run until 11:00 on n2+n3
    11:00  reservation is EXPIRED: window-over [no-show]
           bob may run until 14:02 on n2
           bob is resumed with 181m left
           bob/1 RUNNING on n2
           cleo may run until 14:02 on n3
           cleo is resumed with 181m left
           cleo/1 RUNNING on n3
    13:00  alice is EXPIRED: window-over
           alice/1 HALTED on n1
           alice/1 DELETED on n1
    14:02  bob is EXPIRED: window-over
           cleo is EXPIRED: window-over
           bob/1 HALTED on n2
           cleo/1 HALTED on n3
           bob/1 DELETED on n2
           cleo/1 DELETED on n3"
  `);
});

test('without suspension, or in no time, it begins again and its work is lost', () => {
  const story = tell({ nodes: [node('n1', 1)], policies: youngest });
  story.at('09:00').book('alice', job(1, '2h'));
  story.at('09:30').book('reservation', { start: '10:00', duration: '1h', instances: 1 });
  story.run();
  expect(story.timeline()).toMatchInlineSnapshot(`
    "09:00  alice asks for 1 SMALL 09:00-11:00
           alice <- ACCEPT on , held until 09:10
           alice is CONFIRMED on 
           alice may run until 11:00 on n1
           alice is ACTIVATED
           alice/1 HALTED on n1
           alice/1 RUNNING on n1
    09:30  reservation asks for 1 SMALL 10:00-11:00
           alice gives way to reservation at 10:00 (restart)
           reservation <- ACCEPT on n1, held until 09:40
           reservation is CONFIRMED on n1
    10:00  alice is to begin again (preempted), 60m are lost
           alice/1 HALTED on n1
           alice/1 DELETED on n1
           reservation may run until 11:00 on n1
    11:00  reservation is EXPIRED: window-over [no-show]
           alice may run until 13:00 on n1
           alice/2 HALTED on n1
           alice/2 RUNNING on n1
    13:00  alice is EXPIRED: window-over
           alice/2 HALTED on n1
           alice/2 DELETED on n1"
  `);
});

test('when what it made room for is gone, it runs on', () => {
  for (const settings of [{}, { suspension }]) {
    const story = tell({ nodes: [node('n1', 1)], policies: youngest, manager: settings });
    story.at('09:00').book('alice', job(1, '2h'));
    story.at('09:30').book('reservation', { start: '10:00', duration: '1h', instances: 1 });
    story.at('09:40').cancel('reservation');
    story.run();
    expect(story.eventsOf('lease-runs-on')).toMatchObject([{ reservationId: 'alice' }]);
    expect(story.endOf('alice')).toMatchObject({ atMs: story.ms('11:00'), reason: 'window-over' });
  }
});

test('who is not preemptible is left alone, and so is everybody where nobody gives way', () => {
  const story = tell({ nodes: [node('n1', 1)], policies: youngest });
  story.at('09:00').book('alice', { kind: 'best-effort', duration: '2h', instances: 1 });
  story.at('09:30').request('reservation', { start: '10:00', duration: '1h', instances: 1 });
  story.run();
  expect(story.eventsOf('offer-countered')).toMatchObject([{ reservationId: 'reservation' }]);
  const none = tell({ nodes: [node('n1', 1)] });
  none.at('09:00').book('alice', job(1, '2h'));
  none.at('09:30').request('reservation', { start: '10:00', duration: '1h', instances: 1 });
  none.run();
  expect(none.eventsOf('offer-countered')).toMatchObject([{ reservationId: 'reservation' }]);
});

test('a provider that goes on from a snapshot goes on with what gives way', () => {
  for (const manager of [{}, { suspension }]) {
    const events = [false, true].map((restarts) => {
      const story = tell({
        nodes: [node('n1', 1), node('n2', 1)],
        manager,
        policies: youngest,
        hypervisor: { suspend: { minMs: 30_000, maxMs: 30_000 }, resume: { minMs: 40_000, maxMs: 40_000 } },
        guests: { alice: '100m' },
        ...(restarts && { providerOf: restarting }),
      });
      story.at('08:00').book('first', { start: '10:00', duration: '1h', instances: 2 });
      story.at('09:00').book('alice', job(2, '2h')).book('bob', job(1, '3h'));
      story.at('11:30').book('second', { start: '12:00', duration: '30m', instances: 1 });
      return story.run().events;
    });
    expect(events[1]).toEqual(events[0]);
    expect(events[0]!.some(({ type }) => type === 'lease-suspended')).toBe('suspension' in manager);
  }
});

test('what began again and was delivered whole has not failed, whatever stood still before', () => {
  const story = aReservationAhead({ manager: { suspension }, hypervisor: { guestsWithoutTools: 1 } });
  story.at('09:00').book('alice', job(2, '2h'));
  story.run();
  expect(story.eventsOf('lease-requeued')).toMatchObject([{ because: 'not-suspended' }]);
  expect(story.endOf('alice')).toMatchObject({ reason: 'window-over', atMs: story.ms('13:00') });
});

test('what gives way twice at one instant leaves the second time only what it began again on', () => {
  const lines = [false, true].map((restarts) => {
    const story = tell({
      nodes: [node('n1', 2), node('n2', 2), node('n3', 1)],
      policies: youngest,
      ...(restarts && { providerOf: restarting }),
    });
    story.at('09:00').book('alice', job(1, '1h'));
    story.at('09:00').book('bob', { start: '09:00', duration: '1h', instances: 2, type: 'MEDIUM' });
    story.at('09:00').book('cleo', { start: '09:00', duration: '1h', instances: 1 });
    story.run();
    const nodesOf = (type: 'window-opened' | 'window-closed') =>
      story
        .eventsOf(type)
        .filter(({ reservationId }) => reservationId === 'alice')
        .map(({ pieces }) => pieces.map(({ nodeId, instances }) => `${instances} on ${nodeId}`).join());
    expect(nodesOf('window-closed')).toEqual(['1 on n1', '1 on n3', '1 on n1']);
    expect(nodesOf('window-opened')).toEqual(nodesOf('window-closed'));
    expect(story.eventsOf('lease-requeued')).toMatchObject([{ instances: 1 }, { instances: 1 }]);
    return story.timeline();
  });
  expect(lines[1]).toBe(lines[0]);
});

test('what was given up is so after a restart, also where it was stored without a word of it', () => {
  const asBefore = (json: string) => json.replaceAll('"given-up"', '"run"');
  const lines = [undefined, (setup: ProviderSetup) => restarting(setup, asBefore)].map((providerOf) => {
    const story = tell({
      nodes: [node('n1', 1), node('n2', 1)],
      policies: youngest,
      ...(providerOf !== undefined && { providerOf }),
    });
    story.at('09:00').book('alice', job(1, '2h'));
    story.at('09:10').book('bob', { start: '09:30', duration: '1h', instances: 2 });
    story.at('09:10').book('cleo', { start: '11:00', duration: '1h', instances: 2 });
    story.at('12:30').cancel('alice');
    story.run();
    expect(story.eventsOf('lease-requeued')).toMatchObject([{ instances: 1 }]);
    return story.timeline();
  });
  expect(lines[1]).toBe(lines[0]);
});

test('what is still being resumed when it has to be suspended again is not run outside its window: it begins again', () => {
  const story = aReservationAhead({
    manager: { suspension },
    policies: youngest,
    // Far longer than the minute that is reckoned with.
    hypervisor: { resume: { minMs: 10 * 60_000, maxMs: 10 * 60_000 } },
  });
  story.at('09:00').book('alice', job(4, '2h'));
  story.at('11:01').book('bob', { start: '11:05', duration: '30m', instances: 4 });
  story.run();
  expect(story.eventsOf('lease-requeued')).toMatchObject([
    { atMs: story.ms('11:05'), because: 'not-suspended' },
  ]);
  const running = story.eventsOf('vm-state-changed').filter(({ to }) => to === 'RUNNING');
  expect(running.filter(({ atMs }) => story.ms('11:05') <= atMs && atMs < story.ms('11:35'))).toEqual([]);
  // Whole in the end; what stood still before it began again is none of its loss.
  expect(story.endOf('alice')).toMatchObject({ reason: 'window-over', atMs: story.ms('13:35') });
});

test('of leases that give way at one instant each does so, whatever restart comes between them', () => {
  const ends = [false, true].map((restarts) => {
    const story = tell({
      nodes: [node('n1', 1), node('n2', 1)],
      manager: { suspension },
      policies: youngest,
      ...(restarts && { providerOf: restarting }),
    });
    story.at('09:00').book('alice', job(1, '3h')).book('bob', job(1, '3h'));
    story.at('09:30').book('reservation', { start: '10:00', duration: '1h', instances: 2 });
    story.run();
    expect(story.eventsOf('lease-requeued')).toEqual([]);
    expect(story.eventsOf('lease-suspended')).toHaveLength(2);
    return story.events;
  });
  expect(ends[1]).toEqual(ends[0]);
});

test('a lease that is to wait up to an instant begins at it, whatever restart comes between what falls due then', () => {
  const story = tell({
    nodes: [node('n1', 1), node('n2', 1)],
    manager: { shutdownLeadMs: 5 * 60_000 },
    providerOf: restarting,
  });
  // Its guest is shut down at 10:00, before whatever starts then.
  story.at('09:00').book('first', { start: '09:00', duration: '65m', instances: 1 }).activate('first');
  story.at('09:10').book('alice', { start: '10:00', kind: 'best-effort', duration: '1h', instances: 1 });
  story.run();
  expect(
    story.eventsOf('window-opened').find(({ reservationId }) => reservationId === 'alice'),
  ).toMatchObject({ atMs: story.ms('10:00') });
});

test('a lease whose node is lost goes back to the queue', () => {
  const story = tell({ nodes: [node('n1', 1)] });
  story.at('09:00').book('alice', { kind: 'best-effort', duration: '1h', instances: 1 });
  story.at('09:30').fail('n1');
  story.at('10:30').return('n1');
  story.run();
  expect(story.eventsOf('lease-requeued')).toMatchObject([{ because: 'node-lost', lostMs: 30 * 60_000 }]);
  expect(story.endOf('alice')).toMatchObject({ atMs: story.ms('11:30'), reason: 'window-over' });
});

test('a lease that has lost its node too often is given up, and those in which it gave way do not count', () => {
  const story = tell({ nodes: [node('n1', 1)], manager: { maxRestarts: 1 }, policies: youngest });
  story.at('08:00').book('alice', job(1, '3h'));
  story.at('08:10').book('bob', { start: '08:20', duration: '10m', instances: 1 });
  for (const [lost, back] of [
    ['09:00', '09:10'],
    ['10:00', '10:10'],
  ] as const) {
    story.at(lost).fail('n1');
    story.at(back).return('n1');
  }
  story.run();
  expect(story.eventsOf('lease-requeued').map(({ because }) => because)).toEqual(['preempted', 'node-lost']);
  expect(story.endOf('alice')).toMatchObject({
    ...{ atMs: story.ms('10:00'), state: 'FAILED', reason: 'too-many-restarts' },
  });
});

test('how often it has begun again is known after a restart of the provider', () => {
  const story = tell({
    nodes: [node('n1', 1)],
    manager: { maxRestarts: 1 },
    providerOf: (setup: ProviderSetup) => restarting(setup),
  });
  story.at('08:00').book('alice', job(1, '9h'));
  for (const [lost, back] of [
    ['09:00', '09:10'],
    ['10:00', '10:10'],
  ] as const) {
    story.at(lost).fail('n1');
    story.at(back).return('n1');
  }
  story.run();
  expect(story.endOf('alice')).toMatchObject({ atMs: story.ms('10:00'), reason: 'too-many-restarts' });
});

test('where disks are kept, one of its nodes that is out of sight deletes nothing: its VM waits there, the other runs on', () => {
  const story = tell({ nodes: [node('n1', 1), node('n2', 1)], manager: { keepDisksMs: 3_600_000 } });
  story.at('09:00').book('alice', { kind: 'best-effort', duration: '4h', instances: 2 });
  story.at('09:30').fail('n1');
  story.at('10:30').return('n1');
  story.run();
  expect(story.eventsOf('lease-requeued')).toEqual([]);
  const changes = story.eventsOf('vm-state-changed');
  const deletedMs = changes.filter(({ to }) => to === 'DELETED').map(({ atMs }) => atMs);
  expect(Math.min(...deletedMs)).toBeGreaterThanOrEqual(story.ms('13:00'));
  // The lost one alone was down, and is back with its node.
  const lost = changes.filter(({ cause }) => cause === 'node-lost');
  expect(lost).toHaveLength(1);
  expect(changes.filter(({ vmId, to }) => vmId === lost[0]!.vmId && to === 'RUNNING').at(-1)).toMatchObject({
    nodeId: 'n1',
  });
});

test('nobody is put in before the head of the queue where it could begin, though it will be suspended', () => {
  const story = tell({
    nodes: [node('n1', 1), node('n2', 1), node('n3', 1), node('n4', 1)],
    manager: { suspension, backfillReservations: 1 },
  });
  story.at('08:00').book('reservation', { start: '12:00', duration: '1h', instances: 4 });
  story.at('09:00').book('running', job(2, '1h'));
  story.at('09:10').book('head', job(4, '4h'));
  story.at('09:20').book('behind', { kind: 'best-effort', duration: '2h', instances: 2 });
  story.run();
  const openedAt = (id: string) =>
    story.eventsOf('window-opened').find(({ reservationId }) => reservationId === id)?.atMs;
  expect(openedAt('head')).toBe(story.ms('10:00'));
  expect(story.eventsOf('lease-suspended')).toMatchObject([{ reservationId: 'head' }]);
});

test('options that somebody may claim are in the way of nobody whom a lease makes room for', () => {
  const story = tell({ nodes: [node('n1', 2), node('n2', 2)], manager: { suspension }, policies: youngest });
  story.at('08:00').book('options', { start: '09:00', duration: '8h', instances: 1, options: 1 });
  story.at('09:00').book('alice', job(2, '6h'));
  story.at('09:30').book('reservation', { start: '10:00', duration: '1h', instances: 2 });
  story.run();
  expect(story.eventsOf('lease-gives-way')).toMatchObject([
    { reservationId: 'alice', forReservationId: 'reservation' },
  ]);
  expect(story.eventsOf('offer-accepted').map(({ reservationId }) => reservationId)).toContain('reservation');
  expect(story.eventsOf('lease-resumed')).toMatchObject([{ reservationId: 'alice' }]);
});

test('who cancels what is suspended pays for what it ran; who cancels what begins again pays nothing', () => {
  const refunds = [{}, { suspension }].map((manager) => {
    const story = tell({
      nodes: [node('n1', 1)],
      manager,
      policies: { ...youngest, pricing: policy('pricing', 'flat', { cpuHour: 1 }) },
    });
    story.at('09:00').book('alice', job(1, '2h'));
    story.at('09:30').book('reservation', { start: '10:31', duration: '1h', instances: 1 });
    story.at('11:00').cancel('alice');
    story.run();
    return story.endOf('alice');
  });
  expect(refunds).toMatchObject([
    { state: 'CANCELLED', refundMicros: 2_000_000 },
    // An hour and a half of two.
    { state: 'CANCELLED', refundMicros: 500_000 },
  ]);
});

test('what is suspended waits on when its node is lost at the instant of its resumption', () => {
  const story = tell({ nodes: [node('n1', 1)], manager: { suspension } });
  story.at('08:00').book('reservation', { start: '10:00', duration: '1h', instances: 1 });
  story.at('09:00').book('alice', job(1, '2h'));
  story.at('11:00').fail('n1');
  story.at('12:00').return('n1');
  story.run();
  expect(story.eventsOf('lease-requeued')).toEqual([]);
  expect(story.eventsOf('lease-suspended')).toMatchObject([
    { atMs: story.ms('10:00'), leftMs: 61 * 60_000 },
    { atMs: story.ms('11:00'), leftMs: 61 * 60_000 },
  ]);
  expect(story.endOf('alice')).toMatchObject({ reason: 'window-over', atMs: story.ms('13:02') });
});

test('a change of a reservation takes nothing from who gives way to a request', () => {
  const story = tell({ nodes: [node('n1', 1)], policies: youngest, manager: { suspension } });
  story.at('08:00').book('reservation', { start: '10:00', duration: '1h', instances: 1 });
  story.at('09:00').book('alice', { kind: 'preemptible', start: '11:00', duration: '1h', instances: 1 });
  story.at('11:10').book('bob', { start: '13:00', duration: '1h', instances: 1 });
  story.at('11:20').change('bob', { start: '11:30' });
  story.run();
  expect(story.eventsOf('lease-gives-way')).toEqual([]);
});

test('outbid: whoever bids least for a CPU-hour gives way to who bids more, and to nobody who bids less', () => {
  const spot = (credits: number) => ({ ...job(1, '4h'), maxPriceMicros: credits * 1_000_000 });
  const evicted = (instances: number, credits: number | undefined) => {
    const story = tell({
      nodes: [node('n1', 1), node('n2', 1), node('n3', 1)],
      policies: { preemption: policy('preemption', 'outbid') },
    });
    story.user('high').book(spot(2));
    story.user('low').book(spot(0.5));
    story.user('mid').book(spot(1));
    story.runUntil('00:30');
    const asked = { start: '01:00', duration: '1h', instances } as const;
    const limit = credits === undefined ? {} : { maxPriceMicros: credits * 1_000_000 };
    const { reply } = story.user('asker').request({ ...asked, ...limit });
    const cut = story.eventsOf('lease-gives-way').map(({ reservationId }) => reservationId);
    return [reply, ...cut].join(' ');
  };
  // For a CPU-hour: low 0.125, mid 0.25, high 0.5.
  expect(evicted(1, 0.2)).toBe('ACCEPT low');
  expect(evicted(1, 0.12)).toBe('COUNTER');
  expect(evicted(2, 0.6)).toBe('ACCEPT low mid');
  expect(evicted(2, 0.5)).toBe('COUNTER');
  // On demand: who names no highest price takes any.
  expect(evicted(3, undefined)).toBe('ACCEPT low mid high');
});

test('who bargains for what others make room for gets it at another price', () => {
  const story = tell({
    nodes: [node('n1', 1)],
    policies: { ...youngest, counterOffer: policy('counter-offer', 'price') },
  });
  story.user('alice').book(job(1, '4h'));
  const offer = story.user('bob').request({ start: '01:00', duration: '1h', maxPriceMicros: 1 });
  expect(offer).toMatchObject({ reply: 'COUNTER', proposal: { startMs: story.ms('01:00') } });
  expect(story.eventsOf('lease-gives-way')).toMatchObject([
    { reservationId: 'alice', forReservationId: 'bob' },
  ]);
});
