// Several streams into one, lazily.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeWorkloads } from '../../../scenarios/formats/merge.ts';

interface Item {
  readonly submitMs: number;
  readonly id: string;
}

async function collect(streams: readonly Iterable<Item>[]): Promise<Item[]> {
  const merged: Item[] = [];
  for await (const item of mergeWorkloads(streams)) merged.push(item);
  return merged;
}

test('merging is a stable sort of the streams one after the other', async () => {
  const stream = fc.array(fc.nat({ max: 20 })).map((times) => [...times].sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(stream, { maxLength: 5 }), async (times) => {
      const streams = times.map((list, index) =>
        list.map((submitMs, position) => ({ submitMs, id: `${index}/${position}` })),
      );
      const expected = streams.flat().sort((a, b) => a.submitMs - b.submitMs);
      expect(await collect(streams)).toEqual(expected);
    }),
  );
});

test('each stream is read one item ahead, and closed when the reader stops', async () => {
  const log: string[] = [];
  function* stream(name: string, times: readonly number[]): Generator<Item> {
    try {
      for (const submitMs of times) {
        log.push(`${name}${submitMs}`);
        yield { submitMs, id: name };
      }
    } finally {
      log.push(`${name} closed`);
    }
  }
  for await (const { submitMs } of mergeWorkloads([stream('a', [1, 4, 7]), stream('b', [2, 3, 9])])) {
    if (submitMs === 3) break;
  }
  expect(log).toEqual(['a1', 'b2', 'a4', 'b3', 'a closed', 'b closed']);
});

test('an error in one stream closes the others', async () => {
  let closed = false;
  async function* patient(): AsyncGenerator<Item> {
    try {
      yield { submitMs: 1, id: 'a' };
    } finally {
      closed = true;
    }
  }
  async function* broken(): AsyncGenerator<Item> {
    yield { submitMs: 0, id: 'b' };
    throw new Error('the file ends in the middle');
  }
  const reading = (async () => {
    for await (const _ of mergeWorkloads([patient(), broken()]));
  })();
  await expect(reading).rejects.toThrow('the file ends in the middle');
  expect(closed).toBe(true);
});
