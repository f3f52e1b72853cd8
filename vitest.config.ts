import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need a deployment, a browser, other servers or a package registry, and have configurations of their own.
    exclude: [...configDefaults.exclude, 'test/e2e/**', 'test/browser/**', 'test/seams/**', 'test/packaging/**'],
    // Every test file runs real servers of its own; more files at once than cores only make all of them slower.
    maxWorkers: 2,
    // The files of a worker share what they import: the AWS SDK and the CDK take longer to load than many files to run.
    isolate: false,
    // Vitest has a BASE_URL of its own in its workers; ours is the deployment that the HTTP suite runs against.
    env: process.env.BASE_URL ? { BASE_URL: process.env.BASE_URL } : {},
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
