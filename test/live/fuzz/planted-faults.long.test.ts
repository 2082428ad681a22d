// The simulator of the service is worth what it finds: each fault that is put back must be found, in few stories, and made small.
import { expect, test } from 'vitest';
import { fuzzService } from '../../../live/fuzz/fuzz-service.ts';
import { Stage } from '../../../live/fuzz/stage.ts';
import { tellStory } from '../../../live/fuzz/tell-story.ts';
import { PLANTED } from './planted-faults.ts';

const MOST_STORIES = 60;
const TIMEOUT_MS = 600_000;

test.each(PLANTED)(
  '$name: found, and made small',
  async ({ finds, hypervisor = 'simulated', kinds, replaced, seed = 1 }) => {
    const { found } = await fuzzService({ seed, runs: MOST_STORIES, kinds, hypervisor, replaced });
    expect(found?.told.problems[0]).toMatch(finds);
    const { drawn, number, smallest } = found!;
    expect(smallest.errands.length).toBeLessThanOrEqual(Math.min(6, drawn.errands.length));
    if (process.env['OPENPEX_TELL'] !== undefined)
      process.stderr.write(
        `story ${number}: ${drawn.errands.length}+${drawn.faults.length} -> ${smallest.errands.length}+${smallest.faults.length}: ${found!.told.problems[0]}\n`,
      );
    // It is the fault, and nothing else.
    const stage = await Stage.open();
    try {
      expect((await tellStory(stage, smallest)).problems).toEqual([]);
      expect((await tellStory(stage, smallest, replaced())).digest).toBe(found!.told.digest);
    } finally {
      await stage.close();
    }
  },
  TIMEOUT_MS,
);
