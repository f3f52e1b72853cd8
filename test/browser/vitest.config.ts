import { defineConfig } from 'vitest/config';

/** The tests of the console, in a real browser. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    maxWorkers: 2,
    // The page asks its server every two seconds; a busy machine is slower.
    expect: { poll: { timeout: 20_000, interval: 100 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
