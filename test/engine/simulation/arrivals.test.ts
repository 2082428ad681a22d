// Reading requests ahead: hidden from the rest is whether they must be waited for.
import { describe, expect, test } from 'vitest';
import type { UserRequest } from '../../../engine/index.ts';
import { Arrivals } from '../../../engine/simulation/arrivals.ts';
import { request } from '../../support/setup.ts';

const some = (count: number) =>
  Array.from({ length: count }, (_, i) => request({ requestId: `q${i}`, submitMs: i }));

async function* later(requests: readonly UserRequest[]) {
  yield* requests;
}

async function readAll(arrivals: Arrivals): Promise<string[]> {
  const ids: string[] = [];
  while (true) {
    if (arrivals.isStarved) await arrivals.refill();
    const next = arrivals.take();
    if (next === undefined) return ids;
    ids.push(next.requestId);
  }
}

describe('arrivals', () => {
  test.each([0, 1, 511, 512, 513, 1500])('all of %i requests come, in order, then none', async (count) => {
    const requests = some(count);
    const ids = requests.map(({ requestId }) => requestId);
    for (const source of [requests, later(requests)]) {
      const arrivals = new Arrivals(source);
      expect(await readAll(arrivals)).toEqual(ids);
      expect(arrivals.isOver).toBe(true);
      expect(arrivals.isStarved).toBe(false);
      expect(arrivals.take()).toBeUndefined();
    }
  });

  test('those that are there already never starve the run', () => {
    const arrivals = new Arrivals(some(2));
    expect(arrivals.isStarved).toBe(false);
    arrivals.take();
    arrivals.take();
    expect(arrivals.isStarved).toBe(false);
    expect(arrivals.isOver).toBe(false);
    expect(arrivals.take()).toBeUndefined();
    expect(arrivals.isOver).toBe(true);
  });

  test('those that must be waited for starve it whenever the last one known was taken', async () => {
    const arrivals = new Arrivals(later(some(600)));
    expect(arrivals.isStarved).toBe(true);
    await arrivals.refill();
    for (let i = 0; i < 512; i++) {
      expect(arrivals.isStarved).toBe(false);
      arrivals.take();
    }
    expect(arrivals.isStarved).toBe(true);
  });

  test('equal submissions keep their order, earlier ones than the last are refused', () => {
    const arrivals = new Arrivals([
      request({ requestId: 'a', submitMs: 5 }),
      request({ requestId: 'b', submitMs: 5 }),
      request({ requestId: 'c', submitMs: 4 }),
    ]);
    expect([arrivals.take()?.requestId, arrivals.take()?.requestId]).toEqual(['a', 'b']);
    expect(() => arrivals.take()).toThrow('requests come in order of submission');
  });

  test('nothing comes after it was closed', async () => {
    const arrivals = new Arrivals(later(some(600)));
    await arrivals.refill();
    await arrivals.close();
    expect(arrivals.isOver).toBe(true);
    expect(arrivals.take()).toBeUndefined();
  });
});
