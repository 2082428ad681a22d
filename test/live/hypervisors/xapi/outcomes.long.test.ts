// What becomes of a VM, its disk, its reservation and the money, from the REST API down to the pool: as the table in docs/xen.md says.
import { expect, test } from 'vitest';
import { STORIES, WAIT, World } from './outcome-stories.ts';
import { readOutcomes } from './outcome-table.ts';

const OUTCOMES = readOutcomes();

test.each(Object.entries(STORIES))('%s', async (what, story) => {
  const world = await World.begin(story);
  await story.happens(world);
  await expect.poll(() => world.outcome(), WAIT).toEqual(OUTCOMES.get(what));
});
