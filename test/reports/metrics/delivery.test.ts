import { describe, expect, test } from 'vitest';
import { renderReport } from '../../../reports/page/report-page.ts';
import { summarise } from '../../../reports/summary.ts';
import { renderTerminalSummary } from '../../../reports/terminal/terminal-summary.ts';
import { EventStream, HOUR_MS, hour, proposal } from '../event-stream.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN } from '../example-run.ts';
import { measure } from '../measure.ts';

const ON_N1 = [{ nodeId: 'n1', instances: 1 }];
const SECOND = 1 / 3600;

/** A confirmed reservation from 1 to 9 o'clock whose window is open. */
function open(stream = new EventStream().node('n1').node('n2')): EventStream {
  const agreed = proposal(1, 8);
  return stream
    .asked(0, 'r1', agreed)
    .accepted(0, 'r1')
    .confirmed(0, 'r1', agreed)
    .opened(1, 'r1', agreed, ON_N1)
    .activated(1, 'r1')
    .vm(1, 'r1', { from: 'HALTED', to: 'RUNNING' });
}

function over(stream: EventStream, at = 9): EventStream {
  return stream
    .closed(at, 'r1', proposal(1, 8), ON_N1)
    .vm(at, 'r1', { from: 'RUNNING', to: 'DELETED' })
    .ended(at, 'r1', 'EXPIRED', 'window-over')
    .finished(10);
}

describe('fulfilment', () => {
  test('tells what became of every confirmed reservation', () => {
    const stream = new EventStream().node('n1');
    const agreed = proposal(10, 2);
    for (const id of ['done', 'absent', 'cancelled', 'broken', 'coming']) {
      stream.asked(1, id, agreed).accepted(1, id).confirmed(1, id, agreed, 5_000_000);
    }
    stream
      .ended(2, 'cancelled', 'CANCELLED', 'cancelled-by-user', { refundMicros: 5_000_000 })
      .ended(11, 'broken', 'FAILED', 'node-lost', { refundMicros: 2_500_000, penaltyMicros: 500_000 })
      .ended(12, 'done', 'EXPIRED', 'window-over')
      .ended(12, 'absent', 'EXPIRED', 'window-over', { noShow: true })
      .finished(12, 'horizon');
    const { delivery, fulfilment, revenue } = measure(stream).figures;
    expect(fulfilment.fates).toEqual({
      fulfilled: 1,
      'no-show': 1,
      cancelled: 1,
      failed: 1,
      unfinished: 1,
    });
    expect(revenue.agreedMicros).toBe(25_000_000);
    expect(revenue.refundMicros).toBe(7_500_000);
    expect(revenue.penaltyMicros).toBe(500_000);
    // The broken one had an hour ahead of it.
    expect(delivery.undeliveredMs).toBe(HOUR_MS);
    expect(revenue.agreedCpuMs).toBe(5 * 4 * HOUR_MS);
  });

  test('counts the whole of a reservation that failed before its start as never delivered', () => {
    const agreed = proposal(10, 2, { numInstancesFixed: 3 });
    const stream = new EventStream()
      .node('n1')
      .asked(1, 'r1', agreed)
      .accepted(1, 'r1')
      .confirmed(1, 'r1', agreed)
      .ended(10, 'r1', 'FAILED', 'node-lost')
      .finished(12);
    expect(measure(stream).figures.delivery.undeliveredMs).toBe(3 * 2 * HOUR_MS);
    expect(measure(stream).figures.delivery.hinderedMs['node-loss']).toBe(3 * 2 * HOUR_MS);
    expect(measure(stream).figures.delivery.availability).toBe(0);
  });

  test('counts nothing as never delivered that lies beyond the end of the run', () => {
    const agreed = proposal(10, 2, { numInstancesFixed: 3 });
    const stream = new EventStream()
      .node('n1')
      .asked(1, 'r1', agreed)
      .accepted(1, 'r1')
      .confirmed(1, 'r1', agreed)
      .ended(10, 'r1', 'FAILED', 'node-lost')
      .finished(11);
    expect(measure(stream).figures.delivery.undeliveredMs).toBe(3 * HOUR_MS);
  });

  test('counts a claim of optional instances as agreed to, from when it is granted to the agreed end', () => {
    // From 1 to 9: one of 2 vCPUs, and one more from 3 on, which is up from 3 to 9. Nobody else is granted anything.
    const stream = over(
      open(new EventStream().node('n1').node('n2'))
        .claimed(3, 'r1', [{ nodeId: 'n2', instances: 1 }])
        .vm(3, 'r1', { from: 'HALTED', to: 'RUNNING', vmId: 'r1/2', nodeId: 'n2' })
        .claimed(4, 'r1', [])
        .vm(9, 'r1', { from: 'RUNNING', to: 'DELETED', vmId: 'r1/2', nodeId: 'n2' }),
    );
    const { figures, reservations } = measure(stream);
    expect(reservations[0]).toMatchObject({ instances: 2, claimedInstances: 1, claimedMs: 6 * HOUR_MS });
    const summary = summarise({ run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures });
    expect(summary).toMatchObject({
      cpuHoursAsked: 2 * 8,
      cpuHoursAgreed: 2 * 8,
      cpuHoursClaimed: 2 * 6,
      cpuHoursDelivered: 2 * 8 + 2 * 6,
      cpuHoursUndelivered: 0,
    });
    expect(renderTerminalSummary(summary, { colour: false })).toContain(
      'CPU-hours           28  delivered of 16 agreed and 12 claimed, 0 owed and not',
    );
    expect(renderReport({ run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures })).toContain(
      'Claimed of optional instances',
    );
  });
});

describe('downtime', () => {
  test('lasts from a crash until the guest runs again', () => {
    const stream = over(
      open()
        .vm(3, 'r1', { from: 'RUNNING', to: 'HALTED', cause: 'guest-crash' })
        .vm(4, 'r1', { from: 'HALTED', to: 'RUNNING' }),
    );
    const { figures, reservations } = measure(stream);
    expect(figures.delivery).toMatchObject({ downtimeMs: HOUR_MS, upMs: 7 * HOUR_MS, guestCrashes: 1 });
    expect(figures.delivery.availability).toBe(7 / 8);
    expect(reservations[0]).toMatchObject({
      downtimeMs: HOUR_MS,
      deliveredMs: 7 * HOUR_MS,
      restarts: 1,
      fate: 'fulfilled',
    });
  });

  test('includes a hang, although the hypervisor still calls the guest running', () => {
    const stream = over(
      open()
        .vm(3, 'r1', { from: 'RUNNING', to: 'RUNNING', cause: 'guest-hang', loadPermille: 0 })
        .vm(3.5, 'r1', { from: 'RUNNING', to: 'RUNNING', cause: 'operation' }),
    );
    const { delivery } = measure(stream).figures;
    expect(delivery).toMatchObject({ downtimeMs: HOUR_MS / 2, upMs: 7.5 * HOUR_MS, guestHangs: 1 });
  });

  test('ends with the window when the guest never comes back', () => {
    const stream = over(open().vm(3, 'r1', { from: 'RUNNING', to: 'HALTED', cause: 'node-lost' }));
    expect(measure(stream).figures.delivery).toMatchObject({
      downtimeMs: 6 * HOUR_MS,
      upMs: 2 * HOUR_MS,
    });
  });

  test('is not what the user wanted: a guest that shuts down is neither up nor down', () => {
    const stream = over(open().vm(3, 'r1', { from: 'RUNNING', to: 'HALTED', cause: 'guest-shutdown' }));
    expect(measure(stream).figures.delivery).toMatchObject({ downtimeMs: 0, upMs: 2 * HOUR_MS });
    const stopped = over(open().vm(3, 'r1', { from: 'RUNNING', to: 'HALTED', cause: 'operation' }));
    expect(measure(stopped).figures.delivery).toMatchObject({ downtimeMs: 0, upMs: 2 * HOUR_MS });
  });

  test('counts only its part after the warm-up', () => {
    const stream = over(
      open()
        .vm(3, 'r1', { from: 'RUNNING', to: 'HALTED', cause: 'node-lost' })
        .vm(5, 'r1', { from: 'HALTED', to: 'RUNNING', nodeId: 'n2' }),
    );
    const { figures, reservations } = measure(stream, { warmUpHours: 4 });
    expect(figures.delivery).toMatchObject({ downtimeMs: HOUR_MS, upMs: 4 * HOUR_MS });
    // The row of the reservation tells its whole life.
    expect(reservations[0]).toMatchObject({ downtimeMs: 2 * HOUR_MS, measured: false });
  });

  test('of a migration is its standstill', () => {
    const stream = over(open().moved(2, 'r1', 'n1', 'n2', true).migrated(2, 'r1', 'n1', 'n2', 250));
    const { figures, reservations } = measure(stream);
    expect(figures.delivery).toMatchObject({
      migrations: 1,
      migrationMs: 30_000,
      migrationDowntimeMs: 250,
      migratedMemoryMib: 1024,
      moves: 1,
      downtimeMs: 250,
      upMs: 8 * HOUR_MS - 250,
    });
    expect(reservations[0]).toMatchObject({
      migrations: 1,
      moves: 1,
      downtimeMs: 250,
      nodeIds: ['n1', 'n2'],
    });
  });

  test('of a migration is unknown when the hypervisor does not tell it, and never nothing', () => {
    const migrating = (...downtimes: readonly (number | null)[]) => {
      const stream = open();
      for (const [i, downtimeMs] of downtimes.entries()) {
        const [from, to] = i % 2 === 0 ? ['n1', 'n2'] : ['n2', 'n1'];
        stream.migrated(2 + i, 'r1', from!, to!, downtimeMs);
      }
      return measure(over(stream));
    };
    const some = migrating(250, null, 350);
    expect(some.figures.delivery).toMatchObject({
      migrations: 3,
      migrationDowntimeMs: 600,
      migrationsOfUnknownDowntime: 1,
      meanMigrationDowntimeMs: 300,
      downtimeMs: 600,
    });
    expect(some.reservations[0]).toMatchObject({
      migrations: 3,
      downtimeMs: 600,
      deliveredMs: 8 * HOUR_MS - 600,
    });
    const none = migrating(null, null).figures;
    expect(none.delivery).toMatchObject({ migrationsOfUnknownDowntime: 2, meanMigrationDowntimeMs: null });

    const shown = ({ figures }: Pick<typeof some, 'figures'>) => {
      const run = { run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures };
      const summary = summarise(run);
      const [, row] = /Standstill in migrations<\/th><td class="n">([^<]*)/.exec(renderReport(run)) ?? [];
      const line = /Migrations.*/.exec(renderTerminalSummary(summary, { colour: false }))?.[0];
      const { migrationDowntimeMs, migrationsOfUnknownDowntime } = summary;
      return [migrationDowntimeMs, migrationsOfUnknownDowntime, row, line?.split(/ {2,}/)[2]];
    };
    expect(shown(some)).toEqual([
      600,
      1,
      '600 ms (300 ms each; of 1 not known)',
      '600 ms of standstill; of 1 not known',
    ]);
    expect(shown({ figures: none })).toEqual([null, 2, 'not known', 'standstill not known']);
    expect(shown(migrating(250))).toEqual([250, 0, '250 ms', '250 ms of standstill']);
  });

  test('is apart from suspension, which lowers availability all the same', () => {
    const stream = over(
      open()
        .vm(2, 'r1', { from: 'RUNNING', to: 'SUSPENDED' })
        .vm(6, 'r1', { from: 'SUSPENDED', to: 'RUNNING' }),
    );
    const { figures } = measure(stream);
    expect(figures.delivery).toMatchObject({ suspensions: 1, suspendedMs: 4 * HOUR_MS, downtimeMs: 0 });
    expect(figures.delivery.availability).toBe(0.5);
  });
});

describe('what lacks of availability', () => {
  test('is named with its causes on the page and the terminal, and their sum is all of it', () => {
    // Of 8 h from 1 to 9: half an hour starting, 2 h crashed, 1 h suspended for a drain, 1 h lost with a node, 15 s of standstill.
    const agreed = proposal(1, 8);
    const stream = over(
      new EventStream()
        .node('n1')
        .node('n2')
        .asked(0, 'r1', agreed)
        .accepted(0, 'r1')
        .confirmed(0, 'r1', agreed)
        .opened(1, 'r1', agreed, ON_N1)
        .activated(1, 'r1')
        .vm(1.5, 'r1', { from: 'HALTED', to: 'RUNNING' })
        .vm(2, 'r1', { from: 'RUNNING', to: 'HALTED', cause: 'guest-crash' })
        .vm(4, 'r1', { from: 'HALTED', to: 'RUNNING' })
        .vm(5, 'r1', { from: 'RUNNING', to: 'SUSPENDED' })
        .vm(6, 'r1', { from: 'SUSPENDED', to: 'RUNNING' })
        .vm(7, 'r1', { from: 'RUNNING', to: 'HALTED', cause: 'node-lost' })
        .vm(8, 'r1', { from: 'HALTED', to: 'RUNNING' })
        .migrated(8.5, 'r1', 'n1', 'n2', 15_000),
    );
    const { figures } = measure(stream);
    const { availability, hinderedMs } = figures.delivery;
    const lackingMs = Object.values(hinderedMs).reduce((sum, ms) => sum + ms);
    expect(lackingMs).toBe(4.5 * HOUR_MS + 15_000);
    expect(availability).toBeCloseTo(1 - lackingMs / (8 * HOUR_MS), 12);

    const run = { run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures };
    const page = renderReport(run);
    const table = page.slice(page.indexOf('Instance-time that was owed and not up, by cause'));
    const rows = [
      ...table
        .slice(0, table.indexOf('</table>'))
        .matchAll(/<th scope="row"[^>]*>(.*?)<.*?"n">(.*?)<.*?>([^<]* %)/g),
    ];
    expect(rows.map(([, ...cells]) => cells)).toEqual([
      ['All', '4 h 30 min', '56.3 %'],
      ['lost to crashes and hangs', '2 h', '25.0 %'],
      ['lost to node losses', '1 h', '12.5 %'],
      ['lost to drains', '1 h', '12.5 %'],
      ['starting', '30 min', '6.3 %'],
      ['lost to migrations', '15 s', '0.1 %'],
    ]);
    expect(renderTerminalSummary(summarise(run), { colour: false })).toMatch(
      /Availability +43.70 % +2 h lost to crashes and hangs, 1 h lost to node losses, 1 h lost to drains, 30 min 15 s otherwise/,
    );
  });
});

describe('the timeline of nodes', () => {
  test('keeps a bar for each node and stretch of time', () => {
    const agreed = proposal(1, 8, { numInstancesFixed: 2 });
    const stream = new EventStream()
      .node('n1')
      .node('n2')
      .asked(0, 'r1', agreed)
      .accepted(0, 'r1')
      .confirmed(0, 'r1', agreed)
      .opened(1, 'r1', agreed, [{ nodeId: 'n1', instances: 2 }])
      .moved(3, 'r1', 'n1', 'n2', true)
      .closed(9, 'r1', agreed, [
        { nodeId: 'n1', instances: 1 },
        { nodeId: 'n2', instances: 1 },
      ])
      .ended(9, 'r1', 'EXPIRED', 'window-over')
      .finished(10);
    const { reservations } = measure(stream).figures.timeline;
    expect(reservations).toHaveLength(1);
    expect(reservations![0]!.bars).toEqual([
      { nodeIndex: 0, startMs: hour(1), endMs: hour(3), instances: 2 },
      { nodeIndex: 0, startMs: hour(3), endMs: hour(9), instances: 1 },
      { nodeIndex: 1, startMs: hour(3), endMs: hour(9), instances: 1 },
    ]);
  });

  test('cuts what is still going on at the end of the run', () => {
    const stream = open().nodeLost(4, 'n2').drained(5, 'n1').finished(6, 'interrupted');
    const { reservations, outages } = measure(stream).figures.timeline;
    expect(reservations![0]).toMatchObject({
      fate: 'unfinished',
      bars: [{ startMs: hour(1), endMs: hour(6) }],
    });
    expect(outages).toEqual([
      { nodeIndex: 1, startMs: hour(4), endMs: hour(6), kind: 'lost' },
      { nodeIndex: 0, startMs: hour(5), endMs: hour(6), kind: 'drained' },
    ]);
  });

  test('marks when nodes were switched off: until they boot, are lost, or leave', () => {
    const stream = new EventStream()
      .node('n1')
      .node('n2')
      .power(1, 'n1', 'off')
      .power(2, 'n2', 'off')
      .power(3, 'n1', 'booting')
      .power(4, 'n1', 'on')
      .nodeLeft(5, 'n2')
      .power(6, 'n1', 'off')
      .finished(8);
    const { timeline, utilisation } = measure(stream).figures;
    expect(timeline.outages).toEqual([
      { nodeIndex: 0, startMs: hour(1), endMs: hour(3), kind: 'off' },
      { nodeIndex: 1, startMs: hour(2), endMs: hour(5), kind: 'off' },
      { nodeIndex: 0, startMs: hour(6), endMs: hour(8), kind: 'off' },
    ]);
    const nodeHours = (of: 'nodesOnline' | 'nodesOff') =>
      utilisation.series.reduce((sum, bucket) => sum + (bucket[of] * bucket.spanMs) / HOUR_MS, 0);
    // n2 is gone after 5 h, and not off any more.
    expect(nodeHours('nodesOnline')).toBeCloseTo(8 + 5, 6);
    expect(nodeHours('nodesOff')).toBeCloseTo(2 + 3 + 2, 6);
    expect(utilisation.offNodeMs / HOUR_MS).toBe(7);
  });

  test('gives up single bars when there are too many', () => {
    const stream = new EventStream().node('n1');
    const agreed = proposal(0, 1);
    for (let i = 0; i <= 60_000; i++) {
      const id = `r${i}`;
      const at = i * 3 * SECOND;
      stream
        .asked(at, id, agreed)
        .accepted(at, id)
        .confirmed(at, id, agreed)
        .opened(at, id, agreed, ON_N1)
        .closed(at + SECOND, id, agreed, ON_N1)
        .ended(at + SECOND, id, 'EXPIRED', 'completed');
    }
    const { timeline, negotiation, utilisation } = measure(stream).figures;
    expect(timeline.reservations).toBeNull();
    expect(negotiation.accepted).toBe(60_001);
    expect(utilisation.mean.cpu.reserved).toBeCloseTo(0.5 / 3, 4);
  });
});
