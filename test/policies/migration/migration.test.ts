import { mean, sampleStandardDeviation, variance } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { type MigrationView, type Move, Rng } from '../../../engine/index.ts';
import { energyOf, estimateOf } from '../../../policies/migration/estimate.ts';
import { forecastOf, volume } from '../../../policies/migration/hotspot.ts';
import { liuCost } from '../../../policies/migration/liu-cost.ts';
import { decision, HOUR, make, placement } from '../views.ts';
import { migrationView, type NodeSketch, roomView, runningOf, type VmSketch } from './views.ts';

const MINUTE = 60_000;
const vm = (id: string, sketch: Partial<VmSketch> = {}): VmSketch => ({ id, ...sketch });

function rebalanced(name: string, view: MigrationView, options = {}, memory: object = {}): readonly Move[] {
  return make('migration', name, options).rebalance!(view, decision(memory));
}

function roomMade(
  nodes: readonly NodeSketch[],
  request = placement({ startMs: HOUR, endMs: 3 * HOUR }),
  options = {},
) {
  return make('migration', 'make-room', options).makeRoom!(request, roomView(nodes, request), decision());
}

describe('what a migration costs', () => {
  const options = { linkMbitPerS: 1000, dirtyPagesPerS: 10_000, overhead: '0s' };
  const gigabyte = { cpus: 1, memoryMib: 1024 };

  // 1024 MiB over 1 Gbit/s; the vectors of Xen's rules at 0 and 10,000 pages a second, pages counted whole.
  test.each([
    [0, 8.589_934_592, 0],
    [1, 12.775_882_752, 0.001_114_112],
  ])('a guest that is busy by %d', (load, seconds, downtimeS) => {
    const estimate = estimateOf(runningOf({ id: 'a', load, ...gigabyte }, 'n1'), options);
    expect(estimate.seconds).toBeCloseTo(seconds, 2);
    expect(estimate.downtimeS).toBeCloseTo(downtimeS, 3);
  });

  test('one that writes faster than the link takes it stops after three times its memory and two more', () => {
    const estimate = estimateOf(runningOf({ id: 'a', load: 1, ...gigabyte }, 'n1'), {
      ...options,
      linkMbitPerS: 100,
    });
    expect(estimate.bytes).toBe(5 * 1024 * 2 ** 20);
    expect(estimate.downtimeS).toBeCloseTo(85.899, 3);
  });

  test('energy as Liu et al. 2011 have it', () => {
    expect(energyOf(512e6)).toBeCloseTo(282.309, 9);
    expect(energyOf(2048e6)).toBeCloseTo(1068.741, 9);
  });

  test("Liu's cost, each part in shares of a reference", () => {
    const measured = { downtimeS: 0.5, seconds: 20, bytes: 2000, joules: 1044.165 };
    const reference = { downtimeS: 1, seconds: 60, bytes: 4096, joules: 2117.317 };
    const equal = { downtime: 0.25, time: 0.25, traffic: 0.25, energy: 0.25 };
    expect(liuCost(measured, reference, equal)).toBeCloseTo(0.453_692_340_913_002_53, 12);
    expect(liuCost(measured, reference, { downtime: 2, time: 2, traffic: 2, energy: 2 })).toBeCloseTo(
      0.453_692,
      6,
    );
  });
});

describe('hotspot', () => {
  test.each([
    [{ cpu: 0.5, net: 0.5, memory: 0.5 }, 8],
    [{ cpu: 0.9, net: 0.1, memory: 0.5 }, 22.222_222_222],
    [{ cpu: 0.8, net: 0.8, memory: 0.8 }, 125],
    [{ cpu: 0, net: 0, memory: 0 }, 1],
    [{ cpu: 1.4, memory: 0 }, 100],
  ])('the volume of %j is %d', (shares, expected) => expect(volume(shares)).toBeCloseTo(expected, 8));

  test('the forecast follows a trend back to the mean, and repeats what never changed', () => {
    expect(forecastOf([0.9])).toBe(0.9);
    expect(forecastOf([0.4, 0.4, 0.4])).toBe(0.4);
    // About their mean of 0.5 each value is the opposite of the one before: the next one is so again.
    expect(forecastOf([0.3, 0.7, 0.3, 0.7])).toBeCloseTo(0.3, 9);
  });

  const busy = (load: number): NodeSketch[] => [
    {
      vms: [
        vm('big', { load, memoryMib: 2560 }),
        vm('lean', { load }),
        vm('other', { load }),
        vm('last', { load }),
      ],
    },
    { vms: [vm('there', { load: 0.2 })] },
  ];
  const looks = (loads: readonly number[]) => {
    const memory = {};
    return loads.map((load) =>
      rebalanced('hotspot', migrationView(busy(load)), {}, memory).map(({ vmId }) => vmId),
    );
  };

  test('acts at the third look of five that is too busy, on what frees most for the least memory', () => {
    expect(looks([0.5, 0.9, 0.9, 0.9])).toEqual([[], [], [], ['lean']]);
    expect(looks([0.9, 0.5, 0.9, 0.5, 0.5, 0.9])).toEqual([[], [], [], [], [], []]);
  });

  test('does not act on what is expected to be over', () => {
    expect(looks([0.9, 0.9, 0.2, 0.2, 0.9, 0.2])).toEqual([[], [], [], [], [], []]);
  });

  test('swaps where no node has a margin for the VM alone', () => {
    const hot = {
      cpus: 12,
      vms: [vm('hot', { cpus: 4, load: 1 }), vm('x', { cpus: 6, load: 1, isFixed: true })],
    };
    const cool = vm('cool', { cpus: 2, load: 1 });
    const rest = vm('y', { cpus: 14, load: 11 / 14, isFixed: true });
    const options = { above: 1, samples: 1, threshold: 0.8 };
    expect(rebalanced('hotspot', migrationView([hot, { cpus: 20, vms: [cool, rest] }]), options)).toEqual([
      { vmId: 'hot', toNodeId: 'n2' },
      { vmId: 'cool', toNodeId: 'n1' },
    ]);
    const stuck = { cpus: 20, vms: [{ ...cool, isFixed: true }, rest] };
    expect(rebalanced('hotspot', migrationView([hot, stuck]), options)).toEqual([]);
    // 15 of 20 CPUs are busy there: after the exchange it would be the next hotspot.
    const warm = { cpus: 20, vms: [cool, { ...rest, load: 13 / 14 }] };
    expect(rebalanced('hotspot', migrationView([hot, warm]), options)).toEqual([]);
  });
});

describe('balance', () => {
  test('gives from the busiest to the idlest what brings the two closest, until they are about alike', () => {
    const view = migrationView([
      { vms: [vm('a', { load: 0.2 }), vm('b', { load: 0.9 }), vm('c', { load: 0.9 })] },
      { vms: [] },
      { vms: [vm('d', { load: 1 })] },
    ]);
    expect(rebalanced('balance', view)).toEqual([{ vmId: 'b', toNodeId: 'n2' }]);
    expect(rebalanced('balance', view, { imbalance: 0.6 })).toEqual([]);
  });

  test('by what VMs have, busy or not', () => {
    const view = migrationView([{ vms: [vm('a', { load: 0 }), vm('b', { load: 0 })] }, { vms: [] }]);
    expect(rebalanced('balance', view)).toEqual([]);
    expect(rebalanced('balance', view, { by: 'allocated' })).toHaveLength(1);
  });
});

describe('gossip', () => {
  test('the busier of two gives what brings them closest together, and leaves who is out alone', () => {
    const busy = { vms: [vm('a', { load: 0.2 }), vm('b', { load: 0.9 }), vm('c', { load: 0.9 })] };
    const out = { isUsable: false, vms: [] };
    expect(rebalanced('gossip', migrationView([busy, out, { vms: [] }]), { gap: 0.1 })).toEqual([
      { vmId: 'b', toNodeId: 'n3' },
    ]);
    expect(rebalanced('gossip', migrationView([busy, out, { vms: [] }]), { gap: 0.6 })).toEqual([]);
    expect(rebalanced('gossip', migrationView([busy, out]))).toEqual([]);
  });

  test('takes at most so many at one look', () => {
    const full = { cpus: 8, vms: 'abcdefgh'.split('').map((id) => vm(id)) };
    const empty = { cpus: 8, vms: [] };
    const options = { by: 'allocated' };
    expect(rebalanced('gossip', migrationView([full, empty]), options)).toHaveLength(4);
    expect(rebalanced('gossip', migrationView([full, empty]), { ...options, moves: 3 })).toHaveLength(3);
  });

  // Jelasity, Montresor and Babaoglu 2005, section 3: 1 / (2 sqrt(e)) where each begins one exchange in a round.
  test('the variance of small shares falls to 0.303 of what it was, on average over nodes and seeds', () => {
    const count = 150;
    const factors = Array.from({ length: 12 }, (_, seed) => {
      const rng = Rng.fromSeed(seed);
      const vmsOn = Array.from({ length: count }, () => Math.round(100 * rng.next()));
      const nodes = vmsOn.map((vms, index) => ({
        cpus: 100,
        vms: Array.from({ length: vms }, (__, number) => vm(`${index}-${number}`)),
      }));
      const view = { ...migrationView(nodes), canMove: () => true };
      const options = { by: 'allocated', gap: 0, moves: 100_000 };
      const moves = make('migration', 'gossip', options).rebalance!(view, {
        ...decision(),
        rng: rng.stream('met'),
      });
      const after = new Map(view.nodes.map(({ nodeId, vms }) => [nodeId, vms.length]));
      for (const { toNodeId, vmId } of moves) {
        after.set(toNodeId, after.get(toNodeId)! + 1);
        const from = `n${Number(vmId.split('-')[0]) + 1}`;
        after.set(from, after.get(from)! - 1);
      }
      return variance([...after.values()]) / variance(vmsOn);
    });
    const factor = mean(factors);
    // Three standard errors of what was drawn.
    const error = (3 * sampleStandardDeviation(factors)) / Math.sqrt(factors.length);
    expect(error).toBeLessThan(0.06);
    expect(Math.abs(factor - 1 / (2 * Math.sqrt(Math.E)))).toBeLessThan(error);
  });
});

describe('consolidate', () => {
  test('empties the emptiest node onto the fullest that have room, wholly or not at all', () => {
    const full = { vms: [vm('x', { cpus: 3 })] };
    const half = { cpus: 5, vms: [vm('y', { cpus: 3 })] };
    const little = { vms: [vm('a'), vm('b')] };
    expect(rebalanced('consolidate', migrationView([little, half, full]))).toEqual([
      { vmId: 'a', toNodeId: 'n3' },
      { vmId: 'b', toNodeId: 'n2' },
    ]);
    expect(rebalanced('consolidate', migrationView([little, full]))).toEqual([]);
    const fixed = { vms: [vm('a'), vm('b', { isFixed: true })] };
    expect(rebalanced('consolidate', migrationView([fixed, { vms: [vm('z', { cpus: 3 })] }]))).toEqual([]);
  });

  test('leaves alone what is over soon', () => {
    const ending = { vms: [vm('a', { endMs: 10 * MINUTE })] };
    const view = migrationView([ending, { vms: [vm('b', { cpus: 2 })] }]);
    expect(rebalanced('consolidate', view)).toEqual([]);
    expect(rebalanced('consolidate', view, { rest: '5m' })).toEqual([{ vmId: 'a', toNodeId: 'n2' }]);
  });
});

describe('evacuate', () => {
  test('moves what would still run when the maintenance begins, as far as there is room', () => {
    const soon = { outFromMs: 2 * HOUR, vms: [vm('short', { endMs: 2 * HOUR }), vm('a'), vm('b')] };
    const view = migrationView([soon, { vms: [vm('x', { cpus: 3 })] }]);
    expect(rebalanced('evacuate', view)).toEqual([{ vmId: 'a', toNodeId: 'n2' }]);
    expect(rebalanced('evacuate', view, { ahead: '1h' })).toEqual([]);
  });
});

describe('liu-cost', () => {
  test('sheds the VM whose migration costs least', () => {
    const fixed = vm('x', { cpus: 2, load: 1, isFixed: true });
    const view = migrationView([
      { vms: [fixed, vm('large', { load: 1, memoryMib: 2048 }), vm('small', { load: 1 })] },
      { vms: [] },
    ]);
    expect(rebalanced('liu-cost', view)).toEqual([{ vmId: 'small', toNodeId: 'n2' }]);
    expect(rebalanced('liu-cost', view, { threshold: 1 })).toEqual([]);
  });
});

describe('make-room', () => {
  const scattered: NodeSketch[] = [{ vms: [vm('a', { cpus: 2 })] }, { vms: [vm('b', { cpus: 1 })] }];
  const whole = (count = 1) =>
    placement({
      count,
      startMs: HOUR,
      endMs: 3 * HOUR,
      demand: { milliCpus: 4000, memoryMib: 768, diskGib: 10 },
    });

  test('moves the cheapest VM that is in the way', () => {
    expect(roomMade(scattered, whole())).toEqual([{ vmId: 'b', toNodeId: 'n1' }]);
  });

  test('none when not all instances would fit, when there is too little time, or when it is not worth it', () => {
    expect(roomMade(scattered, whole(2))).toEqual([]);
    expect(roomMade(scattered, { ...whole(), startMs: MINUTE })).toEqual([]);
    expect(roomMade(scattered, whole(), { worth: 0 })).toEqual([]);
    expect(roomMade(scattered, whole(), { tries: 1 })).toHaveLength(1);
    expect(
      roomMade(
        [{ vms: [vm('a', { isFixed: true })] }, { vms: [vm('b')] }, { vms: [vm('c', { endMs: 0 })] }],
        whole(3),
      ),
    ).toEqual([]);
  });

  test('several VMs of one node, and no more than are allowed', () => {
    const nodes: NodeSketch[] = [{ vms: [vm('a'), vm('b')] }, { vms: [vm('c'), vm('d')] }];
    expect(roomMade(nodes, whole())).toHaveLength(2);
    expect(roomMade(nodes, whole(), { moves: 1 })).toEqual([]);
  });
});
