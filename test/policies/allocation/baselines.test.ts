// Allocation policies of the literature, each on a few nodes of which one is the answer.
import { describe, expect, test } from 'vitest';
import type { NodeView, PlacementRequest } from '../../../engine/index.ts';
import { unusable, unusableOfDevices } from '../../../policies/allocation/fragmentation.ts';
import { packingScore } from '../../../policies/allocation/gpu-packing.ts';
import { contention } from '../../../policies/allocation/netcont.ts';
import { equalLoadCutoffs } from '../../../policies/allocation/sita.ts';
import { answeringUtility } from '../../../policies/allocation/wlara.ts';
import { clusterView, decision, HOUR, make, nodeView, placement } from '../views.ts';

function chosen(
  name: string,
  nodes: readonly NodeView[],
  {
    memory = {},
    options = {},
    request = {},
    seed = 1,
  }: {
    memory?: object;
    options?: Record<string, unknown>;
    request?: Partial<PlacementRequest>;
    seed?: number;
  } = {},
): number {
  const policy = make('allocation', name, options);
  return policy.choose(
    placement(request),
    nodes,
    clusterView({ nodeCount: nodes.length }),
    decision(memory, seed),
  ).index;
}

describe('next-fit', () => {
  test('stays on the node that was used last, then goes on, around the end', () => {
    const memory = { lastIndex: 2 };
    expect(chosen('next-fit', [nodeView(0), nodeView(2), nodeView(3)], { memory })).toBe(2);
    expect(chosen('next-fit', [nodeView(0), nodeView(3)], { memory })).toBe(3);
    expect(chosen('next-fit', [nodeView(0), nodeView(1)], { memory })).toBe(0);
    expect(memory).toEqual({ lastIndex: 0 });
  });
});

test('least-work-remaining counts the work ahead for each CPU', () => {
  const large = { milliCpus: 8000, memoryMib: 4096, diskGib: 100 };
  const nodes = [
    nodeView(0, { milliCpuMsAhead: 5 * HOUR }),
    nodeView(1, { milliCpuMsAhead: 8 * HOUR, capacity: large }),
  ];
  expect(chosen('least-work-remaining', nodes)).toBe(1);
});

test('shortest-queue counts instances, not their load', () => {
  const nodes = [
    nodeView(0, { instancesBooked: 3, load: 0.1 }),
    nodeView(1, { instancesBooked: 2, load: 0.9 }),
  ];
  expect(chosen('shortest-queue', nodes)).toBe(1);
});

describe('power-of-d', () => {
  const nodes = [0.4, 0.3, 0.2, 0.1].map((load, index) => nodeView(index, { load }));

  test('with all nodes drawn is least-loaded', () => {
    expect(chosen('power-of-d', nodes, { options: { choices: 4 } })).toBe(3);
    expect(chosen('power-of-d', nodes, { options: { choices: 99 } })).toBe(3);
  });

  test('with two draws never takes the worst, and takes the others as often as two draws without replacement do', () => {
    const counts = [0, 0, 0, 0];
    const draws = 3000;
    for (let seed = 0; seed < draws; seed++) counts[chosen('power-of-d', nodes, { seed })]! += 1;
    // The i-th best of 4 is the better of two with probability (4 - i) / 6.
    expect(counts[0]).toBe(0);
    for (const [i, probability] of [1 / 6, 2 / 6, 3 / 6].entries())
      expect(counts[i + 1]! / draws).toBeCloseTo(probability, 1);
  });
});

describe('vectors', () => {
  // Of 4 CPUs, 4096 MiB, 100 GiB. SMALL needs shares of 0.25, 0.1875, 0.1.
  const muchCpu = nodeView(0, { minFree: { milliCpus: 4000, memoryMib: 1024, diskGib: 20 } });
  const even = nodeView(1, { minFree: { milliCpus: 2000, memoryMib: 1536, diskGib: 20 } });
  const roomy = nodeView(2, { minFree: { milliCpus: 3000, memoryMib: 4096, diskGib: 100 } });
  const nodes = [muchCpu, even, roomy];

  test('dot-product takes where most is free of what is needed', () => {
    // 0.25 + 0.046875 + 0.02 = 0.317; 0.125 + 0.0703 + 0.02 = 0.215; 0.1875 + 0.1875 + 0.1 = 0.475
    expect(chosen('dot-product', nodes)).toBe(2);
  });

  test('l2-norm takes where the least is left', () => {
    // 0.75² + 0.0625² + 0.1² = 0.576; 0.25² + 0.1875² + 0.1² = 0.108; 0.5² + 0.8125² + 0.9² = 1.72
    expect(chosen('l2-norm', nodes)).toBe(1);
  });

  test('cosine takes the nearest shape, whatever the amount', () => {
    expect(chosen('cosine', nodes)).toBe(1);
  });
});

test('haizea-greedy prefers few leases, then what does not change soon', () => {
  // 0.5 x (4 - leases) / 4 + 0.25 + 0.25 x min(1, time until it changes / duration)
  const two = nodeView(0, { instancesBooked: 2 });
  const oneSoon = nodeView(1, { instancesBooked: 1, nextChangeMs: HOUR / 4 });
  const threeCalm = nodeView(2, { instancesBooked: 3 });
  // 0.75; 0.6875; 0.625
  expect(chosen('haizea-greedy', [threeCalm, oneSoon, two])).toBe(0);
  expect(chosen('haizea-greedy', [threeCalm, oneSoon])).toBe(1);
});

test('spread and pack look at the instances of the same request first', () => {
  const has = nodeView(0, { placedHere: 1, load: 0, freeCount: 1 });
  const busy = nodeView(1, { load: 0.9, freeCount: 1 });
  const idle = nodeView(2, { load: 0.1, freeCount: 4 });
  expect(chosen('spread', [has, busy, idle])).toBe(2);
  expect(chosen('spread', [has, busy])).toBe(1);
  expect(chosen('pack', [has, busy, idle])).toBe(0);
  expect(chosen('pack', [busy, idle], { request: { count: 3 } })).toBe(2);
  expect(chosen('pack', [busy, idle], { request: { count: 1 } })).toBe(1);
});

describe('sita', () => {
  const nodes = [0, 1, 2, 3].map((index) => nodeView(index, { load: 0.5 - index / 10 }));
  const lasting = (hours: number) => ({
    options: { cutoffs: ['1h', '4h'] },
    request: { endMs: hours * HOUR },
  });

  test('gives each class of durations its part of the cluster', () => {
    // 4 nodes in 3 parts: 0 and 1, 2, 3.
    expect(chosen('sita', nodes, lasting(1))).toBe(1);
    expect(chosen('sita', nodes, lasting(4))).toBe(2);
    expect(chosen('sita', nodes, lasting(5))).toBe(3);
  });

  test('goes to the nearest part when its own has no room', () => {
    expect(chosen('sita', [nodes[2]!, nodes[3]!, nodeView(4), nodeView(5)].slice(0, 2), lasting(1))).toBe(2);
  });

  test.each([0.8, 1, 1.1, 2])('SITA-E has equal load in each class, alpha %d', (alpha) => {
    const [least, most] = [60, 600_000];
    const bounds = [least, ...equalLoadCutoffs({ alpha, classes: 4, least, most }), most];
    // By Simpson's rule over ln x: the integral of x f(x) dx is that of x^(1 - alpha) d(ln x), but for a constant.
    const load = (from: number, to: number) => {
      const steps = 2000;
      const width = Math.log(to / from) / steps;
      let sum = 0;
      for (let i = 0; i <= steps; i++) {
        const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
        sum += weight * (from * Math.exp(i * width)) ** (1 - alpha);
      }
      return (sum * width) / 3;
    };
    const loads = bounds.slice(1).map((to, i) => load(bounds[i]!, to));
    for (const each of loads) expect(each / loads[0]!).toBeCloseTo(1, 6);
  });
});

/** A node of 4 CPUs of which so much is booked on average and, at the tightest instant, free. */
function cpus(index: number, load: number, free: number): NodeView {
  return nodeView(index, { load, minFree: { milliCpus: free * 1000, memoryMib: 4096, diskGib: 100 } });
}

describe('netcont', () => {
  test.each([
    [0.5, 0.2, 0.8, 0.725, 0.2],
    [0.5, 0.6, 0.4, 1.55, 0.6],
    [0.5, 0.9, 0.1, 5.45, 0.9],
    [0.8, 0.6, 0.4, 0.98, 0.6],
  ])('weight %d, CPU %d, idle %d: %d as published, %d bounded', (weight, cpu, idle, published, bounded) => {
    expect(contention(cpu, idle, { weight, form: 'published' })).toBeCloseTo(published, 12);
    expect(contention(cpu, idle, { weight, form: 'bounded' })).toBeCloseTo(bounded, 12);
  });

  test('looks at the peak beside the mean, and is bounded on a node that is full for a moment', () => {
    // Bounded: 0.5 x 0.3 + 0.5 x 1 = 0.65, and 0.5 x 0.6 + 0.5 x 0.6 = 0.6.
    const nodes = [cpus(0, 0.3, 0), cpus(1, 0.6, 1.6)];
    expect(chosen('netcont', nodes)).toBe(1);
    expect(chosen('netcont', nodes, { options: { weight: 1 } })).toBe(0);
    expect(contention(1, 0, { weight: 0.5, form: 'published' })).toBe(50.5);
  });
});

describe('wlara', () => {
  test.each([
    [0.5, 0.3, 50, 0.725],
    [0.5, 0.8, 20, 0.55],
    [1, 0.3, 50, 0.7],
    [0, 0.3, 50, 0.75],
    [0.5, 0.1, 250, 0.45],
  ])('alpha %d, load %d, expected %d of 200 ms: %d', (alpha, load, expectedMs, utility) => {
    expect(answeringUtility(alpha, { load, expectedMs, agreedMs: 200 })).toBeCloseTo(utility, 12);
  });

  test('prefers who answers in time to who has less work, as far as alpha says', () => {
    // Of 4 CPUs 1 and 3 are left idle: 200 ms and 67 ms of the 200 that are agreed.
    const nodes = [cpus(0, 0.1, 2), cpus(1, 0.4, 4)];
    expect(chosen('wlara', nodes)).toBe(1);
    expect(chosen('wlara', nodes, { options: { alpha: 1 } })).toBe(0);
  });
});

describe('filters-and-scores', () => {
  test('says which part of an expression is none', () => {
    expect(() => make('allocation', 'filters-and-scores', { filters: ['FREE_CPU >'] })).toThrow(
      'create() of the allocation policy "filters-and-scores" failed: "FREE_CPU >" ends where a number, a name or "(" is expected',
    );
  });

  const nodes = [cpus(0, 0.9, 1), cpus(1, 0.5, 2), cpus(2, 0.1, 4)];
  const by = (filters: string[], ...scores: [string, number][]) =>
    chosen('filters-and-scores', nodes, {
      options: { filters, scores: scores.map(([score, weight]) => ({ score, weight })) },
    });

  test('filters narrow one after the other, and one that nobody meets is passed over', () => {
    expect(by([], ['LOAD', 1])).toBe(0);
    expect(by(['FREE_CPU >= 200'], ['LOAD', 1])).toBe(1);
    expect(by(['FREE_CPU >= 200', 'NAME = "n2"'], ['LOAD', 1])).toBe(2);
    expect(by(['FREE_CPU >= 200', 'NAME = "n9"'], ['LOAD', 1])).toBe(1);
  });

  test('scores count by their place between the least and the most, times their weight', () => {
    // LOAD: 1, 0.5, 0; FREE_CPU: 0, 1/3, 1.
    expect(by([], ['LOAD', 1], ['FREE_CPU', 1.1])).toBe(2);
    expect(by([], ['LOAD', 1], ['FREE_CPU', 0.9])).toBe(0);
    expect(by([], ['LOAD', -1])).toBe(2);
    // What is the same for all decides nothing.
    expect(by([], ['MAX_CPU', 100], ['LOAD', 0.01])).toBe(0);
  });

  test('with one score it is the policy of that score', () => {
    for (const [score, policy] of [
      ['LOAD', 'most-loaded'],
      ['-LOAD', 'least-loaded'],
      ['-LEFT', 'best-fit'],
      ['LEFT', 'worst-fit'],
      ['-WORK_AHEAD', 'least-work-remaining'],
      ['-INDEX', 'first-fit'],
    ] as const) {
      for (const order of [nodes, [...nodes].reverse()]) {
        const options = { scores: [{ score, weight: 1 }] };
        const among = order.map((node, index) => ({ ...node, index, nodeId: `n${index}` }));
        expect(chosen('filters-and-scores', among, { options }), policy).toBe(chosen(policy, among));
      }
    }
  });
});

describe('fragmentation', () => {
  const gpus = (gpu: number) => ({ milliCpus: 64_000, memoryMib: 65_536, diskGib: 1000, named: { gpu } });
  const has = gpus(4000);
  const gpuNode = (index: number, free: number) => nodeView(index, { capacity: has, minFree: gpus(free) });
  const asking = (gpu: number) => ({ milliCpus: 1000, memoryMib: 1024, diskGib: 0, named: { gpu } });
  const shapes = (...asked: [number, number][]) => ({
    shapes: asked.map(([gpu, times]) => ({ demand: asking(gpu), asked: times })),
  });
  const options = { resource: 'gpu' };

  test.each([
    [[1, 1, 1, 1], 1],
    [[3, 1, 0, 0], 0.5],
  ])('of %j free CPUs instances of two cannot use %d', (free, share) => {
    const node = { milliCpus: 4000, memoryMib: 4096, diskGib: 0 };
    const shape = { milliCpus: 2000, memoryMib: 100, diskGib: 10 };
    const wasted = free.map((cpu) => unusable({ ...node, milliCpus: cpu * 1000 }, shape, node, 'milliCpus'));
    expect(wasted.reduce((sum, each) => sum + each, 0) / 4000).toBe(share);
  });

  test('goes where it leaves what others can use', () => {
    // Whole GPUs are asked for: of 1.5 half is of no use anyway, of 2 it would be.
    const memory = shapes([1000, 10]);
    expect(
      chosen('fragmentation', [gpuNode(0, 2000), gpuNode(1, 1500)], {
        memory,
        options,
        request: { demand: asking(500) },
      }),
    ).toBe(1);
    expect(memory.shapes.map(({ asked }) => asked)).toEqual([10, 1]);
    // A CPU job leaves the node alone that has the GPUs to go with its CPUs.
    const few = nodeView(1, { capacity: has, minFree: { ...gpus(1000), milliCpus: 1500 } });
    const cpuJob = { demand: asking(0) };
    expect(
      chosen('fragmentation', [few, gpuNode(2, 0)], { memory: shapes([1000, 10]), options, request: cpuJob }),
    ).toBe(2);
  });

  test('remembers 32 shapes, the latest', () => {
    const memory = shapes();
    for (let i = 1; i <= 40; i++)
      chosen('fragmentation', [gpuNode(0, 4000)], { memory, options, request: { demand: asking(i) } });
    expect(memory.shapes.map(({ demand }) => demand.named.gpu)).toEqual(
      Array.from({ length: 32 }, (_, i) => i + 9),
    );
  });
});

describe('with devices', () => {
  const capacity = { milliCpus: 64_000, memoryMib: 65_536, diskGib: 0, named: { gpu: 4000 } };
  const gpuNode = (index: number, gpu: number[], milliCpus = 64_000) =>
    nodeView(index, {
      capacity,
      minFree: { ...capacity, milliCpus, named: { gpu: gpu.reduce((sum, free) => sum + free, 0) } },
      freeDevices: { gpu },
    });
  const asking = (gpu: number, milliCpus = 1000) => ({
    milliCpus,
    memoryMib: 1024,
    diskGib: 0,
    named: { gpu },
  });
  const wasted = (gpu: number[], shape: number, milliCpus = 64_000) =>
    unusableOfDevices({ ...capacity, milliCpus }, gpu, { shape: asking(shape), capacity, resource: 'gpu' });

  test.each([
    // A half is of no use to who needs a whole; a quarter is to who needs a quarter.
    [[500, 1000, 250, 0], 1000, 750],
    [[500, 1000, 250, 0], 250, 0],
    [[500, 1000, 250, 0], 500, 250],
    // No room for two whole ones: nothing is of use.
    [[500, 1000, 250, 0], 2000, 1750],
    [[500, 1000, 1000, 0], 2000, 500],
  ])('of %j free an instance of %d cannot use %d', (free, shape, expected) => {
    expect(wasted(free, shape)).toBe(expected);
  });

  test('without CPUs nothing is of use', () => {
    expect(wasted([1000, 1000, 0, 0], 500, 999)).toBe(2000);
  });

  test('fragmentation breaks no whole GPU for a share that goes beside another, and says which device', () => {
    const memory = { shapes: [{ demand: asking(1000), asked: 10 }] };
    const options = { resource: 'gpu' };
    const nodes = [gpuNode(0, [1000, 1000, 1000, 1000]), gpuNode(1, [1000, 400, 600, 0])];
    const request = { demand: asking(500) };
    expect(chosen('fragmentation', nodes, { memory, options, request })).toBe(1);
    const policy = make('allocation', 'fragmentation', options);
    const where = policy.devices?.(placement(request), nodes[1]!, clusterView(), decision(memory));
    expect(where).toEqual({ gpu: [2] });
  });

  test.each([
    ['beside others', [1000, 400, 600, 0], 500, 94],
    ['on a whole one of a node in use', [1000, 400, 600, 0], 700, 49],
    ['on two of them', [1000, 1000, 600, 0], 2000, 48],
    ['on an idle node', [1000, 1000, 1000, 1000], 500, 29],
    ['nowhere', [1000, 400, 600, 0], 0, 0],
  ] as const)('gpu-packing scores a share %s', (_, free, amount, score) => {
    expect(packingScore(free, amount)).toBe(score);
  });
});
