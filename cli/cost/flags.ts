import { parseArgs } from 'node:util';
import { defineSettings, MAX_ITEM_BYTES } from '../../lib/settings.ts';
import { UsageError } from '../errors.ts';
import { Load } from './load.ts';
import { under, type Workload } from './workload.ts';

/** What the command line asks for. */
export interface Flags {
  readonly workload: Workload;
  /** Print only what a load makes of it. */
  readonly capacity: boolean;
  /** Print the costs over ranges of coalescing and sizes instead, on so many items. */
  readonly overview: { readonly keys: number } | undefined;
  /** Print the prices' sources and the figures' reasons instead. */
  readonly explain: boolean;
  readonly help: boolean;
}

/** Most bytes that Lambda takes in one request. */
const MAX_REQUEST_BYTES = 6 * 1024 * 1024;
const count = new Intl.NumberFormat('en-US');

interface Numeric {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

const numbers = {
  batch: { default: 1, min: 1, max: 100, whole: true },
  coalescing: { default: 10, min: 1, max: 1_000_000, whole: false },
  rate: { default: Number.NaN, min: 0.01, max: 100_000_000, whole: false },
  keys: { default: 100_000, min: 1, max: 100_000_000, whole: true },
  skew: { default: 0.99, min: 0, max: 3, whole: false },
  'item-bytes': { default: 1024, min: 1, max: MAX_ITEM_BYTES, whole: true },
  'window-seconds': { default: defineSettings({}).windowSeconds, min: 0, max: 900, whole: true },
  'messages-per-flush': { default: 5, min: 1, max: 10, whole: false },
} as const satisfies Record<string, Numeric>;
type NumberName = keyof typeof numbers;

const range = (name: NumberName) => `${count.format(numbers[name].min)}-${count.format(numbers[name].max)}`;
const usual = (name: NumberName) => `(default ${numbers[name].default})`;

/** Answer to `--help`. */
export const USAGE = `Usage: write-behind cost [options]

What a deployment costs at idle, and what a million writes cost at each durability level, at list prices; with a rate also
what a month costs, and which quotas the load comes up against.

  --batch N               operations of one HTTP request, ${range('batch')} ${usual('batch')}
  --coalescing N          writes of an item within a window, without --rate, ${range('coalescing')} ${usual('coalescing')}
  --rate N                writes a second; the coalescing then comes from rate, keys, skew and window
  --keys N                items that are written at such a rate, ${range('keys')} ${usual('keys')}
  --skew N                Zipf exponent, 0 for items that are all alike, ${range('skew')} ${usual('skew')}
  --item-bytes N          size of an item as DynamoDB counts it, ${range('item-bytes')} ${usual('item-bytes')}
  --window-seconds N      how long writes to a key gather, ${range('window-seconds')} ${usual('window-seconds')}
  --messages-per-flush N  messages that one flush gets, ${range('messages-per-flush')} ${usual('messages-per-flush')}
  --audited               the collection is audited: the history keeps every write
  --capacity              print only what is about the rate: the month and the quotas
  --overview              print what is worth what instead: costs by coalescing and size, coalescing by rate and skew;
                          not together with --rate, --coalescing, --skew, --item-bytes and --capacity
  --json                  print JSON
  --explain               print where each price, quota and figure comes from
  -h, --help              show this
`;

/**
 * Reads the options.
 *
 * @throws {UsageError} naming the first option at fault
 */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const { audited, capacity, explain, help } = values;
  checkTogether(values);
  const number = (name: NumberName) => numberOf(name, values[name]);
  const workload = {
    batch: number('batch'),
    itemBytes: number('item-bytes'),
    windowSeconds: number('window-seconds'),
    messagesPerFlush: number('messages-per-flush'),
    audited,
  };
  const requestBytes = workload.batch * workload.itemBytes;
  if (requestBytes > MAX_REQUEST_BYTES) {
    throw new UsageError(
      `--batch: ${workload.batch} items of ${count.format(workload.itemBytes)} bytes are ${count.format(requestBytes)} bytes, a request takes ${count.format(MAX_REQUEST_BYTES)}`,
    );
  }
  const whole =
    values.rate === undefined
      ? { ...workload, coalescing: number('coalescing') }
      : under(new Load({ rate: number('rate'), keys: number('keys'), skew: number('skew') }), workload);
  const overview = values.overview ? { keys: number('keys') } : undefined;
  return { workload: whole, capacity, overview, explain, help };
}

type Values = ReturnType<typeof parse>;

/** Options that make each other meaningless, or mean nothing by themselves. */
function checkTogether(values: Values): void {
  const given = (name: NumberName) => values[name] !== undefined;
  if (given('rate') && given('coalescing')) {
    throw new UsageError('--coalescing: comes from --rate, --keys and --skew; give either it or --rate');
  }
  if (values.overview) {
    const fixed = (['rate', 'coalescing', 'skew', 'item-bytes'] as const).find(given);
    if (fixed) throw new UsageError(`--${fixed}: --overview shows several`);
    if (values.capacity) throw new UsageError('--capacity: not together with --overview');
    return;
  }
  const needsRate = (['keys', 'skew'] as const).find(given) ?? (values.capacity ? 'capacity' : undefined);
  if (needsRate && !given('rate')) throw new UsageError(`--${needsRate}: needs --rate`);
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        batch: text,
        coalescing: text,
        rate: text,
        keys: text,
        skew: text,
        'item-bytes': text,
        'window-seconds': text,
        'messages-per-flush': text,
        audited: flag,
        capacity: flag,
        overview: flag,
        explain: flag,
        help: { ...flag, short: 'h' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function numberOf(name: NumberName, text: string | undefined): number {
  const { min, max, whole, default: unless } = numbers[name];
  if (text === undefined) return unless;
  const value = Number(text);
  const form = whole ? /^\d+$/ : /^\d+(\.\d+)?$/;
  if (form.test(text) && value >= min && value <= max) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UsageError(
    `--${name}: must be ${kind} from ${count.format(min)} to ${count.format(max)}, not ${JSON.stringify(text)}`,
  );
}
