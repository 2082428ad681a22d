// A run that never ends, for the test of the watchdog.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/support/for-ever/for-ever.ts'],
    globalSetup: ['test/support/watchdog.ts'],
    runner: 'test/support/watched-runner.ts',
    pool: 'threads',
    testTimeout: 200,
  },
});
