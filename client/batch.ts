import type { Durability } from '../lib/settings.ts';
import { NOT_NOW, type Sender } from './send.ts';
import type { BatchOperation, BatchResult, CallOptions } from './types.ts';

/**
 * Sends a batch, and what is refused for now again.
 *
 * @throws {ApiError} {@link ApiUnreachableError} the batch as a whole failed
 */
export async function sendBatch(
  sender: Sender,
  operations: readonly BatchOperation[],
  { durability, signal }: CallOptions & { readonly durability?: Durability },
): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  let pending = operations.map((_, index) => index);
  for (let attempt = 0; ; attempt += 1) {
    const answer = await sender.call<{ results: BatchResult[] }>({
      method: 'POST',
      path: '/batch',
      headers: { 'write-durability': durability },
      body: { operations: pending.map((index) => operations[index]) },
      signal,
    });
    for (const [position, index] of pending.entries()) results[index] = answer.results[position]!;
    pending = refusedForNow(operations, results);
    if (pending.length === 0 || attempt >= sender.retries) return results;
    const seconds = Math.max(0, ...pending.map((index) => retryAfterSecondsOf(results[index]!) ?? 0));
    await sender.pause(attempt, seconds, signal);
  }
}

/** Where operations stand that can be sent again without overtaking a later one on their key. */
function refusedForNow(operations: readonly BatchOperation[], results: readonly BatchResult[]): number[] {
  const overtaken = new Set<string>();
  const again: number[] = [];
  for (const [index, { key }] of [...operations.entries()].reverse()) {
    const result = results[index];
    if (!result || !('problem' in result)) overtaken.add(key);
    else if (NOT_NOW.has(result.status) && !overtaken.has(key)) again.unshift(index);
  }
  return again;
}

/** When a refused operation may be tried again, s. */
export function retryAfterSecondsOf(result: BatchResult): number | undefined {
  const seconds = 'problem' in result ? result.problem.retryAfterSeconds : undefined;
  return typeof seconds === 'number' ? seconds : undefined;
}
