import { defineConfig } from 'vitest/config';
import { readOutputs } from '../../infra/commands/outputs.ts';

const { ApiUrl } = await readOutputs();

declare module 'vitest' {
  interface ProvidedContext {
    /** When this run began, ms since the epoch. */
    runStartedAtMs: number;
  }
}

/** Files that run side by side, after those of the groups before. (Vitest takes order 0 for "after all others".) */
function group(order: number, name: string, files: readonly string[], maxWorkers: number) {
  return {
    test: {
      name,
      include: files.map((file) => `test/${file}.test.ts`),
      maxWorkers,
      sequence: { groupOrder: order },
      env: { BASE_URL: ApiUrl },
      provide: { runStartedAtMs: Date.now() },
      testTimeout: 150_000,
      hookTimeout: 60_000,
    },
  };
}

/**
 * The tests against the deployment on LocalStack. There is one queue with one poller, and one table: what stops or slows
 * the flush, or counts what is stored, cannot run beside what waits for a flush.
 */
export default defineConfig({
  test: {
    projects: [
      group(1, 'counted', ['e2e/coalescing', 'e2e/history', 'e2e/listing', 'e2e/pause'], 1),
      group(2, 'contract', ['http/*', 'e2e/gateway', 'e2e/known-lost', 'e2e/other-writers', 'e2e/own-table'], 2),
      group(3, 'by the minute', ['e2e/alarms', 'e2e/sweep'], 2),
      group(4, 'dead letters', ['e2e/dead-letters', 'e2e/poisoned', 'e2e/refused'], 1),
      group(5, 'afterwards', ['e2e/least-privilege', 'e2e/observability'], 1),
    ],
  },
});
