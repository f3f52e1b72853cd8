import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/seams/**/*.test.ts'],
    maxWorkers: 2,
    // A JVM may take as long as its start is given.
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
