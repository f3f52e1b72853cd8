import { randomUUID } from 'node:crypto';
import { LevelNotMetError, NoRoomError } from '../../lib/errors.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import type { Durability } from '../../lib/settings.ts';
import { keyName, type Ops } from './ops-file.ts';
import { itemKey } from './table.ts';

/**
 * What makes the operation of each number, with as little work for each as can be: that shares a thread with what is measured.
 *
 * An increment at `queue` level has an idempotency key, because SQS may fail after Valkey took it. At `cache` level nothing can fail
 * behind Valkey, and the key would cost Valkey more than the increment.
 */
export function operationsOf({ header, keyOf }: Ops, durability: Durability): (op: number) => WriteOperation {
  const names = Array.from({ length: header.keys }, (_, key) => keyName(key));
  const keys = names.map(itemKey);
  if (header.kind === 'incr') {
    const increment = (op: number): WriteOperation => ({ op: 'patch', key: keys[keyOf[op]!]!, add: { n: 1 } });
    if (durability === 'cache') return increment;
    // Valkey may remember the keys of an earlier run.
    const run = randomUUID();
    return (op) => ({ ...increment(op), idempotencyKey: `${run}:${op}` });
  }
  const padding = 'x'.repeat(header.valueBytes);
  return (op) => {
    const key = keyOf[op]!;
    const start = `{"k":"${names[key]}","s":${op},"p":"`;
    const text = `${start}${padding.slice(0, Math.max(0, header.valueBytes - start.length - 2))}"}`;
    return { op: 'put', key: keys[key]!, value: { v: text } };
  };
}

/** Whether an operation that threw can be repeated without a chance that it takes place twice. */
export function isRepeatable({ op, idempotencyKey }: WriteOperation, error: unknown): boolean {
  if (op === 'put' || idempotencyKey !== undefined || error instanceof NoRoomError) return true;
  return error instanceof LevelNotMetError && error.facts.inCache === false;
}
