// Ids of requests are told apart, however many there are, in bounded memory.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RequestIds } from '../../../scenarios/formats/request-ids.ts';

test('whoever had an id first is named, with its place', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.nat({ max: 2 }), fc.nat({ max: 9 })), {
        maxLength: 200,
      }),
      (claims) => {
        const ids = new RequestIds();
        const sources = ['a.csv', 'b.swf', 'a generator'];
        for (const source of sources) ids.addSource(source);
        const first = new Map<string, readonly [source: number, line: number]>();
        for (const [id, source, line] of claims) {
          const earlier = first.get(id);
          expect(ids.claim(id, source, line)).toEqual(
            earlier && { source: sources[earlier[0]], isSameSource: earlier[0] === source, line: earlier[1] },
          );
          if (earlier === undefined) first.set(id, [source, line]);
        }
      },
    ),
  );
});

test('a million ids, alike as those of a log are, take less than 100 MB and are all different', () => {
  const before = process.memoryUsage().arrayBuffers;
  const ids = new RequestIds();
  const source = ids.addSource('log.swf');
  let same = 0;
  for (let job = 1; job <= 1_000_000; job++) {
    if (ids.claim(`job-${job}`, source, job) !== undefined) same++;
  }
  expect(same).toBe(0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  expect(ids.claim('job-765432', source, 1_000_001)).toMatchObject({ line: 765_432 });
});
