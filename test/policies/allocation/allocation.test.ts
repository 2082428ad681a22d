import { describe, expect, test } from 'vitest';
import type { NodeView } from '../../../engine/index.ts';
import { chanceToStay } from '../../../policies/allocation/most-reliable.ts';
import { clusterView, decision, make, nodeView, placement } from '../views.ts';

function chosen(name: string, nodes: readonly NodeView[], lastIndex = -1): number {
  return make('allocation', name).choose(placement(), nodes, clusterView(), decision({ lastIndex })).index;
}

/** Candidates that cannot be read past the given number: shows that a policy stops looking. */
function* firstOf(nodes: readonly NodeView[], most: number): Generator<NodeView> {
  for (const [position, node] of nodes.entries()) {
    if (position >= most) throw new Error('looked at more nodes than needed');
    yield node;
  }
}

describe('most-loaded', () => {
  test('fills the busiest node that has room', () => {
    const nodes = [nodeView(0, { load: 0.2 }), nodeView(1, { load: 0.7 }), nodeView(2, { load: 0.5 })];
    expect(chosen('most-loaded', nodes)).toBe(1);
  });

  test('takes the lowest index among equals', () => {
    const nodes = [nodeView(1, { load: 0.5 }), nodeView(2, { load: 0.5 }), nodeView(4, { load: 0.5 })];
    expect(chosen('most-loaded', nodes)).toBe(1);
  });
});

describe('most-reliable', () => {
  const DAY = 86_400_000;
  const known = (index: number, losses: number, days: number, load = 0) =>
    nodeView(index, { losses, servedMs: days * DAY, load });

  test('keeps away from nodes that were lost often for the time that they served', () => {
    expect(chosen('most-reliable', [known(0, 12, 3, 0.9), known(1, 1, 3), known(2, 60, 30, 0.5)])).toBe(1);
    // Once in a week, or three times in the only day that it served.
    expect(chosen('most-reliable', [known(0, 3, 1), known(1, 1, 7)])).toBe(1);
  });

  test('takes the most loaded of those that are as good, the lowest index among equals', () => {
    const nodes = [known(0, 0, 30), known(1, 0, 28, 0.4), known(2, 1, 30, 0.4), known(3, 40, 30, 0.8)];
    expect(chosen('most-reliable', nodes)).toBe(1);
    expect(chosen('most-reliable', [nodeView(4), nodeView(5)])).toBe(4);
  });

  test('of a long window the difference counts that does not of a short one', () => {
    const nodes = [known(0, 3, 30, 0.5), known(1, 0, 30)];
    const policy = make('allocation', 'most-reliable');
    const choose = (endMs: number) =>
      policy.choose(placement({ endMs }), nodes, clusterView(), decision()).index;
    expect(choose(3_600_000)).toBe(0);
    expect(choose(3 * DAY)).toBe(1);
  });

  test('its chance is that of no loss in Poisson time at the mean of the gamma distribution', () => {
    expect(chanceToStay({ losses: 1, servedMs: 3 * DAY }, 2 * DAY, { priorMs: DAY })).toBeCloseTo(
      Math.exp(-1),
    );
  });
});

describe('least-loaded', () => {
  test('takes the idlest node, the lowest index among equals', () => {
    const nodes = [nodeView(0, { load: 0.2 }), nodeView(1, { load: 0.1 }), nodeView(2, { load: 0.1 })];
    expect(chosen('least-loaded', nodes)).toBe(1);
  });
});

describe('first-fit', () => {
  test('takes the first candidate and looks at no other', () => {
    const nodes = [nodeView(3), nodeView(4), nodeView(5)];
    const policy = make('allocation', 'first-fit');
    expect(policy.choose(placement(), firstOf(nodes, 1), clusterView(), decision()).index).toBe(3);
  });
});

describe('best-fit and worst-fit', () => {
  // Left free after one SMALL (1 CPU, 768 MiB, 10 GiB) of 4 CPUs, 4096 MiB, 100 GiB: the scarcest is CPU, memory, disk in turn.
  const scarceCpu = nodeView(0, { minFree: { milliCpus: 2000, memoryMib: 4096, diskGib: 100 } }); // 1/4 of the CPUs
  const scarceMemory = nodeView(1, { minFree: { milliCpus: 4000, memoryMib: 1024, diskGib: 100 } }); // 1/16 of the memory
  const scarceDisk = nodeView(2, { minFree: { milliCpus: 4000, memoryMib: 4096, diskGib: 20 } }); // 1/10 of the disk
  const nodes = [scarceCpu, scarceMemory, scarceDisk];

  test('best-fit leaves the least of the scarcest resource, whichever it is', () => {
    expect(chosen('best-fit', nodes)).toBe(1);
  });

  test('worst-fit leaves the most of the scarcest resource', () => {
    expect(chosen('worst-fit', nodes)).toBe(0);
  });

  test('sizes are compared as shares of the node, not as amounts', () => {
    const large = nodeView(3, {
      capacity: { milliCpus: 64_000, memoryMib: 65_536, diskGib: 1000 },
      minFree: { milliCpus: 4000, memoryMib: 65_536, diskGib: 1000 }, // 3/64 of the CPUs
    });
    expect(chosen('best-fit', [scarceMemory, large])).toBe(3);
  });

  test('a resource that a node does not have does not count', () => {
    const shared = nodeView(4, {
      capacity: { milliCpus: 4000, memoryMib: 4096, diskGib: 0 },
      minFree: { milliCpus: 4000, memoryMib: 4096, diskGib: 0 },
    });
    expect(chosen('worst-fit', [scarceCpu, shared])).toBe(4);
  });

  test('equals go to the lowest index', () => {
    expect(chosen('best-fit', [nodeView(2), nodeView(3)])).toBe(2);
    expect(chosen('worst-fit', [nodeView(2), nodeView(3)])).toBe(2);
  });
});

describe('round-robin', () => {
  const nodes = [nodeView(0), nodeView(2), nodeView(3)];

  test('begins with the first node', () => {
    expect(chosen('round-robin', nodes)).toBe(0);
  });

  test('goes on after the node that was chosen last, over nodes that are full', () => {
    expect(chosen('round-robin', nodes, 0)).toBe(2);
    expect(chosen('round-robin', nodes, 1)).toBe(2);
  });

  test('begins again after the last node', () => {
    expect(chosen('round-robin', nodes, 3)).toBe(0);
  });

  test('stops looking at the node that it takes', () => {
    const policy = make('allocation', 'round-robin');
    const memory = { lastIndex: 0 };
    const choice = policy.choose(placement(), firstOf(nodes, 2), clusterView(), decision(memory));
    expect(choice.index).toBe(2);
    expect(memory).toEqual({ lastIndex: 2 });
  });
});

describe('random', () => {
  test('takes every candidate about equally often, and the same ones for the same seed', () => {
    const nodes = [nodeView(0), nodeView(1), nodeView(2)];
    const draw = (seed: number) => {
      const policy = make('allocation', 'random');
      const ofSeed = decision({}, seed);
      return Array.from(
        { length: 3000 },
        () => policy.choose(placement(), nodes, clusterView(), ofSeed).index,
      );
    };
    const drawn = draw(7);
    for (const { index } of nodes) {
      // 1000 expected, standard deviation 26: five of them either way.
      expect(Math.abs(drawn.filter((choice) => choice === index).length - 1000)).toBeLessThan(130);
    }
    expect(draw(7)).toEqual(drawn);
    expect(draw(8)).not.toEqual(drawn);
  });
});
