import { parseArgs } from 'node:util';
import { defineSettings, MAX_ITEM_BYTES } from '../../lib/settings.ts';
import { UsageError } from '../errors.ts';

/** What is written, and how. */
export interface Workload {
  /** Operations of one HTTP request. */
  readonly batch: number;
  /** Writes of an item within a window. */
  readonly coalescing: number;
  /** Size of an item by DynamoDB's formula, key included, our own attributes not. */
  readonly itemBytes: number;
  readonly windowSeconds: number;
  /** Messages that the event source hands to one flush. */
  readonly messagesPerFlush: number;
  /** Whether the history keeps every write. */
  readonly audited: boolean;
}

/** What the command line asks for. */
export interface Flags {
  readonly workload: Workload;
  readonly json: boolean;
  /** Print the prices' sources and the figures' reasons instead. */
  readonly explain: boolean;
  readonly help: boolean;
}

/** Most bytes that Lambda takes in one request. */
const MAX_REQUEST_BYTES = 6 * 1024 * 1024;
const count = new Intl.NumberFormat('en-US');
const defaults = {
  batch: 1,
  coalescing: 10,
  'item-bytes': 1024,
  'window-seconds': defineSettings({}).windowSeconds,
  'messages-per-flush': 5,
} as const;

/** Answer to `--help`. */
export const USAGE = `Usage: npm run cost -- [options]

What a deployment costs at idle, and what a million writes cost at each durability level, at list prices.

  --batch N               operations of one HTTP request, 1-100 (default ${defaults.batch})
  --coalescing N          writes of an item within a window, 1-1,000,000 (default ${defaults.coalescing})
  --item-bytes N          size of an item as DynamoDB counts it, 1-${count.format(MAX_ITEM_BYTES)} (default ${defaults['item-bytes']})
  --window-seconds N      how long writes to a key gather, 0-900 (default ${defaults['window-seconds']})
  --messages-per-flush N  messages that one flush gets, 1-10 (default ${defaults['messages-per-flush']})
  --audited               the collection is audited: the history keeps every write
  --json                  print JSON
  --explain               print where each price and each figure comes from
  --help                  show this
`;

/**
 * Reads the options.
 *
 * @throws {UsageError} naming the first option at fault
 */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const whole = (name: keyof typeof defaults, min: number, max: number) =>
    numberOf(name, values[name], { min, max, whole: true });
  const workload = {
    batch: whole('batch', 1, 100),
    coalescing: numberOf('coalescing', values.coalescing, { min: 1, max: 1_000_000, whole: false }),
    itemBytes: whole('item-bytes', 1, MAX_ITEM_BYTES),
    windowSeconds: whole('window-seconds', 0, 900),
    messagesPerFlush: numberOf('messages-per-flush', values['messages-per-flush'], { min: 1, max: 10, whole: false }),
    audited: values.audited,
  };
  const requestBytes = workload.batch * workload.itemBytes;
  if (requestBytes > MAX_REQUEST_BYTES) {
    throw new UsageError(
      `--batch: ${workload.batch} items of ${count.format(workload.itemBytes)} bytes are ${count.format(requestBytes)} bytes, a request takes ${count.format(MAX_REQUEST_BYTES)}`,
    );
  }
  return { workload, json: values.json, explain: values.explain, help: values.help };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        batch: { type: 'string', default: String(defaults.batch) },
        coalescing: { type: 'string', default: String(defaults.coalescing) },
        'item-bytes': { type: 'string', default: String(defaults['item-bytes']) },
        'window-seconds': { type: 'string', default: String(defaults['window-seconds']) },
        'messages-per-flush': { type: 'string', default: String(defaults['messages-per-flush']) },
        audited: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        explain: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

function numberOf(name: string, text: string, { min, max, whole }: Range): number {
  const value = Number(text);
  const form = whole ? /^\d+$/ : /^\d+(\.\d+)?$/;
  if (form.test(text) && value >= min && value <= max) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UsageError(
    `--${name}: must be ${kind} from ${count.format(min)} to ${count.format(max)}, not ${JSON.stringify(text)}`,
  );
}
