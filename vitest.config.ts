import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/watchdog.ts'],
    runner: './test/support/watched-runner.ts',
    setupFiles: ['test/support/fast-check.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Worker processes are heavy and the machine may be small; threads are enough for pure code.
    pool: 'threads',
    // Many tests wait for daemons, browsers and disks: two at a time even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
