// Two projects: `npm test` passes the quick tests, `npm run test:long` those that take long, in files named *.long.test.ts.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const LONG = 'test/**/*.long.test.ts';
/** Quick with a part of their cases, and long with all (test/support/fast-check.ts). */
const PROPERTIES = 'test/**/*.prop.test.ts';

const COMMON = {
  setupFiles: ['test/support/fast-check.ts'],
  runner: 'test/support/watched-runner.ts',
  // Worker processes are heavy and the machine may be small; threads are enough for pure code.
  pool: 'threads' as const,
};

export default defineConfig({
  test: {
    // Once, whatever is asked for; what is in a project is done again for each.
    globalSetup: ['test/support/build.ts', 'test/support/watchdog.ts'],
    // Many tests wait for daemons, browsers and disks: two at a time even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // The client of the Xen API tells of every connection that breaks, in long words; in tests they break on purpose.
    onConsoleLog: (text) => !/^_(watchEvents|refreshCachedRecords) /.test(text),
    projects: [
      {
        test: {
          ...COMMON,
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: [LONG],
          // Half of the time would go into loading the same modules again for each file.
          isolate: false,
          // Far more than any takes: the machine may be busy with other things.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...COMMON,
          name: 'long',
          include: [LONG, PROPERTIES],
          env: { OPENPEX_TEST_ALL_CASES: 'yes' },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
