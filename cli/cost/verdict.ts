import { type Durability, durability } from '../../lib/settings.ts';
import { figureOf } from './figures.ts';
import { idleBill } from './idle.ts';
import { dollarsOf } from './prices.ts';
import { quotas } from './quotas.ts';
import { changeBytes, storedBytes, writeUnitsOf } from './table-use.ts';
import { WRITES } from './traffic.ts';
import type { Workload } from './workload.ts';
import { billFor, messagesBill } from './writes.ts';

/** How a durability level compares with the same API that puts each write into DynamoDB at once. */
export interface Comparison {
  readonly level: Durability;
  /** Dollars for a million writes; negative if the level is cheaper. */
  readonly difference: number;
  /** Writes of an item within a window from which on the level is cheaper; none if it never is. */
  readonly cheaperFrom: number | undefined;
}

/** Beyond it, coalescing changes no bill that anyone would notice. */
const MOST_COALESCING = 10_000;
const BYTES_PER_GB = 1e9;

/** Compares each level, the other flags as they are. */
export function comparisons(workload: Workload): Comparison[] {
  const without = billFor('api', workload).dollars;
  const differenceAt = (level: Durability, coalescing: number) =>
    billFor(level, { ...workload, coalescing }).dollars - without;
  return durability.options.map((level) => {
    const candidates = Array.from({ length: MOST_COALESCING }, (_, index) => index + 1);
    return {
      level,
      difference: differenceAt(level, workload.coalescing),
      cheaperFrom: candidates.find((coalescing) => differenceAt(level, coalescing) < 0),
    };
  });
}

/** What is worth knowing before using it, with the figures of this workload. */
export function remarks(workload: Workload): string[] {
  const { itemBytes, coalescing, windowSeconds, audited, load } = workload;
  const sendsPerKey = quotas.keyMessages.holds;
  const historyGb = (WRITES * changeBytes(workload)) / BYTES_PER_GB;
  const client = billFor('client', workload).dollars;
  const without = billFor('api', workload).dollars;
  const ownBytes = storedBytes(workload);
  const [units, ownUnits] = [writeUnitsOf(itemBytes), writeUnitsOf(ownBytes)];
  const readUnits = Math.ceil(ownBytes / figureOf('readUnitBytes'));
  const idle = idleBill().dollars;
  const remark = (applies: boolean, text: string) => (applies ? [text] : []);
  return [
    `A message with a value, sent singly, costs ${dollars(messagesBill(workload).dollars)} a million from send to deletion, a DynamoDB write of such an item ${dollars(client)}.`,
    `The API costs ${dollars(without - client)} a million writes by itself, whatever is behind it; a client of its own does not pay it, and batches share it.`,
    `Idle, it costs as much as ${count.format(idle / dollarsOf('writeUnit', WRITES))} million DynamoDB writes of 1 KB a month.`,
    `A patch, a condition or a read of an item that is not cached reads it from DynamoDB first: ${dollars(dollarsOf('readUnit', WRITES * readUnits))} a million, not in the bills above.`,
    ...remark(
      ownUnits !== units,
      `_v and _at make ${count.format(itemBytes)} bytes ${count.format(ownBytes)}: ${ownUnits} write units instead of ${units}.`,
    ),
    ...remark(
      audited,
      `The history keeps ${historyGb.toFixed(2)} GB of a million writes for good: ${dollars(dollarsOf('tableGbMonth', historyGb) + dollarsOf('recoveryGbMonth', historyGb))} a month with point-in-time recovery, not in the bills above; the same API without a cache keeps none.`,
    ),
    ...remark(
      // Under a load the capacity says it, of the hottest key.
      !load && windowSeconds > 0 && coalescing > sendsPerKey * windowSeconds,
      `${count.format(coalescing)} writes of an item within ${windowSeconds} s are more than the ${sendsPerKey} a second that SQS takes for a key: at queue level they are refused, unless a batch holds several.`,
    ),
    'It pays where keys repeat within a window, items are large, operations come in batches, or an answer at the speed of Valkey is worth its price; it does not for single writes of keys that never repeat.',
  ];
}

const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** An amount with a thousandth of a dollar. */
export function dollars(amount: number): string {
  return `$${Math.abs(amount).toFixed(3)}`;
}
