// Two projects: `npm test` passes the quick tests, `npm run test:long` those that take long, in files named *.long.test.ts.
import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import SlowestFirst from './test/support/slowest-first.ts';

const LONG = 'test/**/*.long.test.ts';
/** Quick with a part of their cases, and long with all (test/support/fast-check.ts); not quick where both are run, as in CI. */
const PROPERTIES = 'test/**/*.prop.test.ts';
const PROPERTIES_ARE_LONG = process.env['OPENPEX_TEST_PROPERTIES'] === 'long';

/**
 * Where tests have their files: in memory where there is room. Every commit waits for its disk, which took most of the time of tests on databases; and
 * what they kill is a program, after which a disk knows no more than memory does.
 */
const MEMORY = '/dev/shm';
const MEMORY_WANTED_BYTES = 8 * 2 ** 30;

function temporaryFiles(): { readonly TMPDIR?: string } {
  if (process.env['TMPDIR'] !== undefined || !existsSync(MEMORY)) return {};
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < MEMORY_WANTED_BYTES ? {} : { TMPDIR: MEMORY };
}

const COMMON = {
  env: temporaryFiles(),
  setupFiles: ['test/support/fast-check.ts'],
  runner: 'test/support/watched-runner.ts',
  // What is waited for comes at once, on a machine that has nothing else to do.
  expect: { poll: { timeout: 30_000 } },
  // Worker processes are heavy and the machine may be small; threads are enough for pure code.
  pool: 'threads' as const,
};

export default defineConfig({
  test: {
    reporters: ['default', './test/support/second-tries.ts'],
    // Once, whatever is asked for; what is in a project is done again for each.
    globalSetup: ['test/support/build.ts', 'test/support/watchdog.ts', 'test/support/postgresql-template.ts'],
    // Many tests wait for daemons, browsers and disks: two at a time even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: SlowestFirst },
    // The client of the Xen API tells of every connection that breaks, in long words; in tests they break on purpose.
    onConsoleLog: (text) => !/^_(watchEvents|refreshCachedRecords) /.test(text),
    projects: [
      {
        test: {
          ...COMMON,
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: PROPERTIES_ARE_LONG ? [LONG, PROPERTIES] : [LONG],
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
          // Programs, browsers and servers of their own, in real time, on a machine that others share: there each has a second try, and those that
          // wanted it are named at the end.
          retry: process.env['CI'] === 'true' ? 1 : 0,
          include: [LONG, PROPERTIES],
          env: { ...COMMON.env, OPENPEX_TEST_ALL_CASES: 'yes' },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
