import { expect, vi } from 'vitest';

/** Longest wait for something that takes seconds, ms: a slow machine must not look like a failure. */
const PATIENCE_MS = 60_000;
const ASK_EVERY_MS = 200;

/** Asks again until what is expected of the answer holds. */
export function eventually<T>(read: () => T | Promise<T>, timeoutMs = PATIENCE_MS) {
  return expect.poll(read, { timeout: timeoutMs, interval: ASK_EVERY_MS });
}

/** Waits until a condition holds; for where nothing is tested yet. */
export async function whenTrue(holds: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(holds, { timeout: PATIENCE_MS, interval: ASK_EVERY_MS });
}
