// The order of the test files: those that take long begin first, so that in the end no worker waits for the last of another. Vitest goes by the size of a
// file until it has seen it, and what takes minutes is often told in a few lines.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes each, the longest first; the others follow as Vitest has them. */
export const SLOWEST = [
  'test/live/portal/portal.story.long.test.ts',
  'test/docs/commands.long.test.ts',
  'test/live/fuzz/planted-faults.long.test.ts',
  'test/docs/validation.long.test.ts',
  'test/live/hypervisors/xapi/outcomes.long.test.ts',
  'test/experiments/fuzz/planted-bugs.long.test.ts',
  'test/live/hypervisors/xl/life.long.test.ts',
  'test/live/hypervisors/xl/dispatcher.long.test.ts',
  'test/live/crash/kill-postgresql.long.test.ts',
  'test/live/hypervisors/xl/stories.long.test.ts',
  'test/live/hypervisors/xapi/faults.long.test.ts',
  'test/live/hypervisors/xapi/refusals.long.test.ts',
  'test/live/database/tables.prop.test.ts',
  'test/live/crash/kill-sqlite.long.test.ts',
];

export default class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = SLOWEST.findIndex((path) => moduleId.endsWith(`/${path}`));
      return place < 0 ? SLOWEST.length : place;
    };
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((project) =>
      sorted.filter((file) => file.project === project).sort((a, b) => rank(a) - rank(b)),
    );
  }
}
