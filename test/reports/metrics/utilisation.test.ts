import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../../engine/index.ts';
import { EventStream, hour, proposal } from '../event-stream.ts';
import { measure } from '../measure.ts';

/** Two CPUs on n1 are reserved from 1 to 5 o'clock; the machine runs from 1:30 to 4:30, half busy. */
function oneReservation(stream: EventStream): EventStream {
  const agreed = proposal(1, 4);
  const pieces = [{ nodeId: 'n1', instances: 1 }];
  return stream
    .asked(0, 'r1', agreed)
    .accepted(0, 'r1')
    .confirmed(0, 'r1', agreed)
    .opened(1, 'r1', agreed, pieces)
    .activated(1, 'r1')
    .vm(1.5, 'r1', { from: 'HALTED', to: 'RUNNING' })
    .vm(4.5, 'r1', { from: 'RUNNING', to: 'DELETED' })
    .closed(5, 'r1', agreed, pieces)
    .ended(5, 'r1', 'EXPIRED', 'window-over');
}

describe('utilisation', () => {
  test('is time-weighted over the measured time: what the warm-up saw does not count', () => {
    const stream = oneReservation(new EventStream().node('n1').node('n2')).finished(10);
    const { mean, peak, p95 } = measure(stream, { warmUpHours: 2 }).figures.utilisation;
    // 8 hours of 8 CPUs, of which 2 CPUs x 3 h are reserved and 2 CPUs x 2.5 h allocated, half of these busy.
    expect(mean.cpu).toEqual({ reserved: 6 / 64, allocated: 5 / 64, busy: 2.5 / 64 });
    expect(mean.memory).toEqual({
      reserved: (3 * 1024) / (8 * 8192),
      allocated: (2.5 * 1024) / (8 * 8192),
      busy: null,
    });
    expect(mean.disk.reserved).toBe((3 * 10) / (8 * 200));
    expect(peak.cpu).toEqual({ reserved: 0.25, allocated: 0.25, busy: 0.125 });
    expect(p95.cpu.reserved).toBeCloseTo(0.25, 2);
  });

  test('is a share of what was online: a lost node offers nothing', () => {
    const stream = oneReservation(new EventStream().node('n1').node('n2'))
      .nodeLost(6, 'n2')
      .nodeReturned(8, 'n2')
      .finished(10);
    const { figures } = measure(stream);
    // 10 h x 8 CPUs without 2 h x 4 CPUs.
    expect(figures.utilisation.mean.cpu.reserved).toBe(8 / 72);
    expect(figures.utilisation.onlineCpuMs).toBe(72 * 3_600_000);
    expect(figures.utilisation.nodes.map(({ onlineMs, losses }) => [onlineMs / 3_600_000, losses])).toEqual([
      [10, 0],
      [8, 1],
    ]);
    expect(figures.utilisation.nodes[0]!.shares.cpu.reserved).toBe(8 / 40);
    expect(figures.utilisation.nodes[1]!.shares.cpu.reserved).toBe(0);
  });

  test('counts a node that left and came again, larger, as one that was never lost', () => {
    const stream = oneReservation(new EventStream().node('n1').node('n2'))
      .nodeLeft(6, 'n2')
      .node('n2', 8, { milliCpus: 8000 })
      .finished(10);
    const { cluster, delivery, utilisation } = measure(stream).figures;
    expect(utilisation.onlineCpuMs).toBe((10 * 4 + 6 * 4 + 2 * 8) * 3_600_000);
    expect(utilisation.mean.cpu.reserved).toBe((2 * 4) / 80);
    expect(utilisation.nodes.map(({ losses, nodeId, onlineMs }) => [nodeId, losses, onlineMs])).toEqual([
      ['n1', 0, 10 * 3_600_000],
      ['n2', 0, 8 * 3_600_000],
    ]);
    expect(cluster.nodes).toBe(2);
    expect(delivery.nodeLosses).toBe(0);
  });

  test('follows an instance to another node, and a claim of optional instances', () => {
    const agreed = proposal(0, 8, { numInstancesOption: 1 });
    const stream = new EventStream()
      .node('n1')
      .node('n2')
      .asked(0, 'r1', agreed)
      .accepted(0, 'r1')
      .confirmed(0, 'r1', agreed)
      .moved(0, 'r1', 'n1', 'n2', false)
      .opened(0, 'r1', agreed, [{ nodeId: 'n2', instances: 1 }])
      .vm(0, 'r1', { from: 'HALTED', to: 'RUNNING', nodeId: 'n2' })
      .claimed(2, 'r1', [{ nodeId: 'n2', instances: 1 }])
      .moved(4, 'r1', 'n2', 'n1', true)
      .migrated(4, 'r1', 'n2', 'n1')
      .vm(6, 'r1', { from: 'RUNNING', to: 'DELETED', nodeId: 'n1' })
      .closed(8, 'r1', agreed, [
        { nodeId: 'n2', instances: 1 },
        { nodeId: 'n1', instances: 1 },
      ])
      .ended(8, 'r1', 'EXPIRED', 'window-over')
      .finished(10);
    const [n1, n2] = measure(stream).figures.utilisation.nodes;
    // n1: 2 CPUs from 4 to 8. n2: 2 from 0 to 2, 4 from 2 to 4, 2 from 4 to 8.
    expect(n1!.shares.cpu.reserved).toBe((2 * 4) / 40);
    expect(n2!.shares.cpu.reserved).toBe((2 * 2 + 4 * 2 + 2 * 4) / 40);
    expect(n1!.shares.cpu.allocated).toBe((2 * 2) / 40);
    expect(n2!.shares.cpu.allocated).toBe((2 * 4) / 40);
  });

  test('takes the disk of a shared storage node for the disk of all', () => {
    const stream = oneReservation(new EventStream().node('n1', 0, { diskGib: 0 })).finished(10);
    expect(measure(stream).figures.utilisation.mean.disk.reserved).toBeNull();
    const shared = measure(stream, {}, { sharedDiskGib: 1000 }).figures.utilisation.mean.disk;
    expect(shared.reserved).toBe((4 * 10) / (10 * 1000));
  });

  test('reads that disk from the stream, whatever the run was described with, and again in each life of the provider', () => {
    const disk = (stream: EventStream, sharedDiskGib?: number) =>
      measure(oneReservation(stream).finished(10), {}, sharedDiskGib === undefined ? {} : { sharedDiskGib })
        .figures.utilisation.mean.disk.reserved;
    const pool = (diskGib: number | null) => new EventStream().provider(0, diskGib).node('n1');
    expect(disk(pool(1000))).toBe((4 * 10) / (10 * 1000));
    expect(disk(pool(1000), 500)).toBe((4 * 10) / (10 * 1000));
    expect(disk(pool(null))).toBe((4 * 10) / (10 * 100));
    const grown = oneReservation(pool(1000)).provider(6, 2000).nodeLost(7, 'n1').finished(10);
    expect(measure(grown).figures.utilisation.mean.disk.reserved).toBe((4 * 10) / (6 * 1000 + 4 * 2000));
    const split = oneReservation(pool(1000))
      .provider(6, null)
      .nodeLost(7, 'n1')
      .nodeReturned(8, 'n1')
      .finished(10);
    expect(measure(split).figures.utilisation.mean.disk.reserved).toBe((4 * 10) / (6 * 1000 + 2 * 100));
  });

  test('as a series has the same total as the mean and covers the warm-up too', () => {
    const stream = oneReservation(new EventStream().node('n1')).finished(10);
    const { series } = measure(stream, { warmUpHours: 2 }).figures.utilisation;
    const reserved = series.reduce((sum, { resources, spanMs }) => sum + resources.cpu.reserved * spanMs, 0);
    expect(reserved).toBeCloseTo(2000 * 4 * 3_600_000, 0);
    expect(series[0]!.startMs).toBe(hour(0));
    expect(series.length).toBeLessThanOrEqual(2000);
  });

  test('keeps the overview of many nodes small by letting nodes share a row', () => {
    const stream = new EventStream();
    for (let i = 1; i <= 1000; i++) stream.node(`n${i}`);
    const agreed = proposal(0, 5);
    const pieces = [{ nodeId: 'n1000', instances: 2 }];
    stream
      .asked(0, 'r1', agreed)
      .accepted(0, 'r1')
      .confirmed(0, 'r1', agreed)
      .opened(0, 'r1', agreed, pieces)
      .closed(5, 'r1', agreed, pieces)
      .ended(5, 'r1', 'EXPIRED', 'window-over')
      .nodeLost(8, 'n1')
      .nodeLost(8, 'n2')
      .nodeLost(8, 'n3')
      .finished(10);
    const { overview } = measure(stream).figures.utilisation;
    expect(overview.nodesPerRow).toBe(4);
    expect(overview.rows).toHaveLength(250);
    expect(overview.rows.at(-1)!.at(0)).toBe(0.25);
    expect(overview.rows.at(-1)!.at(-1)).toBe(0);
    expect(overview.rows[0]!.at(0)).toBe(0);
    // Three of its four nodes are lost.
    expect(overview.rows[0]!.at(-1)).toBeNull();
  });

  test('is unknown when no node was ever there', () => {
    expect(measure(new EventStream().finished(1)).figures.utilisation.mean.cpu.reserved).toBeNull();
  });

  test('insists that a node has joined before something happens on it', () => {
    const agreed = proposal(0, 1);
    const stream = new EventStream().opened(0, 'r1', agreed, [{ nodeId: 'n9', instances: 1 }]);
    expect(() => measure(stream)).toThrow(InvariantError);
  });
});

describe('energy', () => {
  test('is idle power while online plus the rest in proportion to busy CPU', () => {
    const stream = oneReservation(new EventStream().node('n1', 0, {}, [100, 200]).node('n2')).finished(10);
    // 100 W x 8 h, and 100 W x (1 of 4 CPUs) x 2.5 h; n2 has no power model.
    expect(measure(stream, { warmUpHours: 2 }).figures.energy.totalKwh).toBeCloseTo(0.8625, 12);
  });

  test('is not drawn by a lost node, and unknown when no node has a power model', () => {
    const lost = new EventStream().node('n1', 0, {}, [100, 200]).nodeLost(4, 'n1').finished(10);
    expect(measure(lost).figures.energy.totalKwh).toBeCloseTo(0.4, 12);
    expect(measure(new EventStream().node('n1').finished(10)).figures.energy.totalKwh).toBeNull();
  });
});
