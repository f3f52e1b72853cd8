import { defineConfig } from 'vitest/config';

/** The package, in a project of its own: needs a package registry, and about a minute. */
export default defineConfig({
  test: {
    include: ['test/packaging/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 300_000,
    // Each test goes on where the one before ended, as somebody would who follows the README.
    bail: 1,
  },
});
