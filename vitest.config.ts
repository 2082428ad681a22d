import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Worker processes are heavy and the machine may be small; threads are enough for pure code.
    pool: 'threads',
    restoreMocks: true,
  },
});
