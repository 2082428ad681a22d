// Nothing is decided by the order in which a set happens to be gone through: a restart, or another engine, may go through it otherwise.
import { expect, test } from 'vitest';
import { type DomainEvent, simulate, type World } from '../../../engine/index.ts';
import { checkedWorlds } from '../../reports/checker/worlds.ts';

async function storyOf(world: World): Promise<readonly string[]> {
  const events: DomainEvent[] = [];
  await simulate(world, { onEvent: (event) => events.push(event) });
  return events.map((event) => JSON.stringify(event));
}

/** With every set gone through from its end to its beginning. */
async function backwards<T>(think: () => Promise<T>): Promise<T> {
  const { values } = Set.prototype;
  const reversed = function (this: Set<unknown>) {
    return [...values.call(this)].reverse().values();
  };
  const replace = (by: typeof values) =>
    Object.assign(Set.prototype, { values: by, keys: by, [Symbol.iterator]: by });
  replace(reversed as typeof values);
  try {
    return await think();
  } finally {
    replace(values);
  }
}

const QUEUES = ['jobs that give way', 'users who wait for room', 'a queue of jobs'];

test.each(QUEUES)('%s: decided alike when sets are gone through backwards', async (name) => {
  const { world } = checkedWorlds().find((checked) => checked.name.startsWith(name))!;
  const story = await storyOf(world);
  expect(story.length).toBeGreaterThan(500);
  const other = await backwards(() => storyOf(world));
  const at = story.findIndex((line, i) => line !== other[i]);
  expect([at, story[at], other[at]]).toEqual([-1, undefined, undefined]);
  expect(other).toHaveLength(story.length);
});
