// The life of a run: how it begins, how it ends, and what it leaves behind.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import {
  type DomainEvent,
  ENGINE_VERSION,
  type ProvisioningView,
  type RunProgress,
  simulate,
  type UserRequest,
} from '../../../engine/index.ts';
import { Simulation } from '../../../engine/simulation/simulation.ts';
import { Auditor } from '../../../experiments/fuzz/auditor.ts';
import { eventful } from '../../support/eventful.ts';
import { DAY, HOUR, MINUTE, node, provider, request, setup } from '../../support/setup.ts';

/** Requests of a source that knows whether it was closed. */
function source(requests: readonly UserRequest[], fault?: Error) {
  const state = { isClosed: false };
  async function* read() {
    try {
      yield* requests;
      if (fault !== undefined) throw fault;
    } finally {
      state.isClosed = true;
    }
  }
  return { state, requests: read() };
}

const hourly = (count: number) =>
  Array.from({ length: count }, (_, i) => request({ submitMs: i * HOUR, startMs: i * HOUR }));

describe('a run', () => {
  test('keeps every promise, however eventful it is', async () => {
    for (const seed of [1, 2]) {
      const eventfulSetup = eventful({ seed });
      const auditor = new Auditor(eventfulSetup.providers[0]!.cluster);
      const outcome = await simulate(eventfulSetup, { onEvent: (event) => auditor.hear(event) });
      auditor.checkRest();
      expect(outcome).toMatchObject({ end: 'complete', requests: 300 });
    }
  });

  test('begins with its nodes and ends with its reason', async () => {
    const events: DomainEvent[] = [];
    const outcome = await simulate(setup({ requests: hourly(2) }), {
      onEvent: (event) => events.push(event),
    });
    expect(events.slice(0, 3)).toMatchObject([
      { type: 'provider-joined', provider: 'openpex', seq: 1, engine: ENGINE_VERSION },
      { type: 'node-joined', nodeId: 'n1' },
      { type: 'node-joined', nodeId: 'n2' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', atMs: 2 * HOUR, reason: 'complete' });
    expect(outcome).toMatchObject({
      end: 'complete',
      requests: 2,
      events: events.length,
      virtualMs: 2 * HOUR,
    });
  });

  test('without requests is over at once', async () => {
    expect(await simulate(setup())).toMatchObject({ end: 'complete', requests: 0, virtualMs: 0 });
  });

  test('does not wait for faults that nobody would notice', async () => {
    const faults = { ...provider().faults, nodeMtbfMs: HOUR };
    const outcome = await simulate(setup({ faults, requests: [request({ durationMs: MINUTE })] }));
    expect(outcome).toMatchObject({ end: 'complete', virtualMs: MINUTE });
  });

  test('stops at its horizon, with what happens at that very instant', async () => {
    const events: DomainEvent[] = [];
    const outcome = await simulate(setup({ endMs: 3 * HOUR, requests: hourly(10) }), {
      onEvent: (event) => events.push(event),
    });
    expect(outcome).toMatchObject({ end: 'horizon', requests: 4, virtualMs: 3 * HOUR });
    expect(events.filter(({ type }) => type === 'reservation-ended')).toHaveLength(3);
  });

  test('goes on to its horizon when the calendar is empty before, and stops early only without one', async () => {
    expect(await simulate(setup({ endMs: DAY, requests: hourly(1) }))).toMatchObject({
      end: 'horizon',
      virtualMs: DAY,
    });
    expect(await simulate(setup({ requests: hourly(1) }))).toMatchObject({
      end: 'complete',
      virtualMs: HOUR,
    });
  });

  test('measures its length from its start', async () => {
    const startMs = Date.parse('2009-08-21T00:00:00Z');
    const requests = [request({ submitMs: startMs + HOUR, startMs: startMs + HOUR })];
    expect(await simulate(setup({ startMs, requests }))).toMatchObject({ virtualMs: 2 * HOUR });
  });

  test('can be interrupted at a pause, and still says how it ended', async () => {
    const abort = new AbortController();
    const { state, requests } = source(hourly(5000));
    const events: DomainEvent[] = [];
    const seen: RunProgress[] = [];
    const outcome = await simulate(setup({ requests }), {
      signal: abort.signal,
      pause: (progress) => {
        seen.push(progress);
        abort.abort();
      },
      onEvent: (event) => events.push(event),
    });
    expect(outcome.end).toBe('interrupted');
    expect(outcome.requests).toBe(seen[0]!.requests);
    expect(outcome.requests).toBeLessThan(5000);
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', reason: 'interrupted' });
    expect(state.isClosed).toBe(true);
  });

  test('that was interrupted before it began does nothing', async () => {
    const outcome = await simulate(setup({ requests: hourly(3) }), { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ end: 'interrupted', requests: 0 });
  });
});

describe('the source of requests', () => {
  test('is closed at the end of a run', async () => {
    for (const endMs of [HOUR, Number.POSITIVE_INFINITY]) {
      const { state, requests } = source(hourly(3));
      await simulate(setup({ endMs, requests }));
      expect(state.isClosed).toBe(true);
    }
  });

  test('is closed when the run ends in an error', async () => {
    const { state, requests } = source(hourly(3));
    const broken = simulate(setup({ requests }), {
      onEvent: (event) => {
        if (event.type === 'window-opened') throw new Error('the disk is full');
      },
    });
    await expect(broken).rejects.toThrow('the disk is full');
    expect(state.isClosed).toBe(true);
  });

  test('ends the run with its own error', async () => {
    const { requests } = source(hourly(3), new Error('line 4 is no request'));
    await expect(simulate(setup({ requests }))).rejects.toThrow('line 4 is no request');
  });

  test('must be in order of submission', async () => {
    const requests = [
      request({ submitMs: HOUR, startMs: HOUR }),
      request({ submitMs: HOUR - 1, startMs: HOUR }),
    ];
    await expect(simulate(setup({ requests }))).rejects.toThrow('requests come in order of submission');
  });

  test('is read one request ahead, and no further', async () => {
    let taken = 0;
    function* lazily() {
      for (const each of hourly(100)) {
        taken += 1;
        yield each;
      }
    }
    await simulate(setup({ endMs: 10 * HOUR, requests: lazily() }), {
      onEvent: ({ atMs }) => expect(taken).toBeLessThanOrEqual(atMs / HOUR + 2),
    });
    expect(taken).toBe(12);
  });
});

describe('a run in which a lease of the queue waits for a node that nothing brings back', () => {
  const settings = (assumedRepairMs: number) => ({ ...provider().settings, assumedRepairMs });
  const waits = request({ submitMs: HOUR, startMs: HOUR });
  const queued = [{ ...waits, proposal: { ...waits.proposal, kind: 'best-effort' } }];
  const drain = { kind: 'drain', atMs: MINUTE, nodeId: 'n1' } as const;

  test.each([
    ['is thought to be back again and again', { assumedRepairMs: 4 * HOUR }, {}],
    ['is not expected back', { assumedRepairMs: Number.POSITIVE_INFINITY }, {}],
    ['fails by chance as well', { assumedRepairMs: 4 * HOUR }, { nodeMtbfMs: 3 * HOUR, nodeMttrMs: HOUR }],
  ])('ends when the node %s', async (_, { assumedRepairMs }, faults) => {
    const world = setup({ cluster: { nodes: [node('n1')] }, requests: queued, incidents: [drain] });
    const [only] = world.providers;
    const outcome = await simulate({
      ...world,
      providers: [{ ...only!, settings: settings(assumedRepairMs), faults: { ...only!.faults, ...faults } }],
    });
    expect(outcome).toMatchObject({ end: 'stalled', requests: 1 });
    expect(outcome.events).toBeLessThan(200);
  });

  test('ends although somebody says for ever which nodes stay on', async () => {
    const world = setup({
      cluster: { nodes: [node('n1'), node('n2')] },
      requests: queued,
      incidents: [drain, { ...drain, nodeId: 'n2' }],
    });
    const [only] = world.providers;
    const boot = { minMs: 20 * MINUTE, maxMs: 20 * MINUTE };
    const standby = { afterMs: 0, everyMs: 7 * MINUTE, boot, offW: 0, bootW: 0 };
    const policy = {
      keepOn: ({ nodes, nowMs }: ProvisioningView) =>
        nodes.filter(({ index }) => (nowMs / (7 * MINUTE) + index) % 2 === 0),
    };
    const outcome = await simulate({
      ...world,
      providers: [
        {
          ...only!,
          settings: settings(Number.POSITIVE_INFINITY),
          hypervisor: { ...only!.hypervisor, standby },
          policies: { ...only!.policies, provisioning: { name: 'restless', policy } },
        },
      ],
    });
    expect(outcome).toMatchObject({ end: 'stalled', requests: 1 });
  });

  test('waits for one that comes back by chance', async () => {
    const world = setup({ cluster: { nodes: [node('n1')] }, requests: queued });
    const [only] = world.providers;
    const outcome = await simulate({
      ...world,
      incidents: [{ kind: 'fail', atMs: MINUTE, nodeId: 'n1' }],
      providers: [{ ...only!, faults: { ...only!.faults, nodeMtbfMs: 5 * HOUR, nodeMttrMs: HOUR } }],
    });
    expect(outcome.end).toBe('complete');
  });
});

describe('a run on nodes that are lost more often than anything can be done', () => {
  interface Trial {
    readonly faults?: object;
    readonly hypervisor?: object;
    readonly settings?: object;
  }
  const jobs = (durationMs: number, numInstancesFixed = 1): UserRequest[] => {
    const asked = request({ submitMs: 0, startMs: 0 });
    return [
      { ...asked, proposal: { ...asked.proposal, kind: 'best-effort', durationMs, numInstancesFixed } },
    ];
  };

  async function run(requests: UserRequest[], { faults, hypervisor, settings }: Trial, nodes = 2) {
    const cluster = { nodes: Array.from({ length: nodes }, (_, i) => node(`n${i + 1}`)) };
    const world = setup({ cluster, requests });
    const [only] = world.providers;
    const ends: string[] = [];
    const changed = {
      ...only!,
      faults: { ...only!.faults, ...faults },
      hypervisor: { ...only!.hypervisor, ...hypervisor },
      settings: { ...only!.settings, ...settings },
    };
    const outcome = await simulate(
      { ...world, providers: [changed] },
      { onEvent: (event) => void (event.type === 'reservation-ended' && ends.push(event.reason)) },
    );
    return { ...outcome, ends };
  }

  test('gives up a lease that is begun again and again', async () => {
    const faults = { nodeMtbfMs: 10 * MINUTE, nodeMttrMs: 10 * MINUTE };
    const outcome = await run(jobs(100 * HOUR), { faults, settings: { maxRestarts: 20 } });
    expect(outcome).toMatchObject({ end: 'complete', ends: ['too-many-restarts'] });
  });

  test('ends once none is left that may return', async () => {
    const faults = { nodeMtbfMs: HOUR, nodeMttrMs: Number.POSITIVE_INFINITY };
    const outcome = await run(jobs(100 * HOUR), { faults });
    expect(outcome).toMatchObject({ end: 'stalled', ends: [] });
    expect(outcome.events).toBeLessThan(200);
  });

  test('ends when all of them are never there at once', async () => {
    const faults = { nodeMtbfMs: HOUR, nodeMttrMs: 10 * HOUR };
    const outcome = await run(jobs(100 * HOUR, 32), { faults }, 8);
    expect(outcome).toMatchObject({ end: 'stalled' });
    expect(outcome.events).toBeLessThan(20_000);
  });

  test('ends when the VMs of what is over cannot be removed in time', async () => {
    const faults = { nodeMtbfMs: 3 * HOUR, nodeMttrMs: MINUTE };
    const destroy = { minMs: 100 * DAY, maxMs: 100 * DAY };
    const outcome = await run(jobs(HOUR), { faults, hypervisor: { destroy } });
    expect(outcome.end).toBe('stalled');
    expect(outcome.ends).toHaveLength(1);
  });
});

test('nothing is kept of what has ended: a long run needs no more bookings and timers than a short one', async () => {
  const clock = new VirtualClock(0);
  const simulation = new Simulation(
    setup({ cluster: { nodes: [node('n1')] }, requests: hourly(1000) }),
    clock,
  );
  await simulation.begin();
  let bookings = 0;
  let timers = 0;
  while (simulation.end === undefined) {
    clock.step();
    bookings = Math.max(bookings, simulation.running[0]!.queue.provider.calendar.bookingCount);
    timers = Math.max(timers, clock.pending);
  }
  expect(simulation.requests).toBe(1000);
  expect(bookings).toBeLessThanOrEqual(2);
  expect(timers).toBeLessThanOrEqual(8);
});
