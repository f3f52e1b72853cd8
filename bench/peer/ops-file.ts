import { readFileSync } from 'node:fs';

/** What the first line of an ops file says. */
export interface OpsHeader {
  /** Name of the workload, such as `W1`. */
  readonly workload: string;
  readonly kind: 'put' | 'incr';
  readonly seed: number;
  readonly lanes: number;
  /** Keys are numbered from 0 to one less. */
  readonly keys: number;
  readonly ops: number;
  /** Length of a put's value. */
  readonly valueBytes: number;
  /** Operations a second; 0 for as fast as they are acknowledged. */
  readonly rate: number;
}

/** An ops file in memory. */
export interface Ops {
  readonly header: OpsHeader;
  /** Key number of each operation. */
  readonly keyOf: Uint32Array;
  /** For each lane the numbers of its operations, in order; operation 0 is the line below the header. */
  readonly lanes: readonly Uint32Array[];
}

/** The ops file is not what the format allows. */
export class OpsFileError extends Error {}

/** Name of a key. */
export function keyName(key: number): string {
  return `k${String(key).padStart(8, '0')}`;
}

const MAGIC = '#wbops 1 ';
const LINE_FEED = 10;
const SPACE = 32;
const ZERO = 48;

/**
 * Reads an ops file.
 *
 * @throws {OpsFileError} naming the line at fault
 */
export function readOps(file: string): Ops {
  const bytes = readFileSync(file);
  const end = bytes.indexOf(LINE_FEED);
  const header = parseHeader(bytes.toString('latin1', 0, end < 0 ? bytes.length : end));
  const keyOf = new Uint32Array(header.ops);
  const laneOf = new Uint32Array(header.ops);
  const counts = new Uint32Array(header.lanes);
  let at = end + 1;
  for (let op = 0; op < header.ops; op += 1) {
    const [lane, afterLane] = numberAt(bytes, at, SPACE, op);
    const [key, afterKey] = numberAt(bytes, afterLane, LINE_FEED, op);
    if (lane >= header.lanes || key >= header.keys) throw new OpsFileError(`line ${op + 2}: no such lane or key`);
    laneOf[op] = lane;
    keyOf[op] = key;
    counts[lane]! += 1;
    at = afterKey;
  }
  if (at < bytes.length) throw new OpsFileError(`there are more lines than the header's ${header.ops} ops`);
  const lanes = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(header.lanes);
  laneOf.forEach((lane, op) => {
    lanes[lane]![filled[lane]!++] = op;
  });
  return { header, keyOf, lanes };
}

/** The first line of an ops file, without its line feed. */
export function headerLine({ workload, kind, seed, lanes, keys, ops, valueBytes, rate }: OpsHeader): string {
  const fields = { workload, kind, seed, lanes, keys, ops, valueBytes, rate };
  return (
    MAGIC +
    Object.entries(fields)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
  );
}

function parseHeader(line: string): OpsHeader {
  if (!line.startsWith(MAGIC)) throw new OpsFileError(`line 1: does not begin with ${JSON.stringify(MAGIC)}`);
  const fields = new Map(
    line
      .slice(MAGIC.length)
      .trim()
      .split(/\s+/)
      .map((field) => field.split('=') as [string, string]),
  );
  const number = (name: string, least: number): number => {
    const value = Number(fields.get(name) || Number.NaN);
    if (!(value >= least)) throw new OpsFileError(`line 1: ${name} must be a number from ${least}`);
    return value;
  };
  const kind = fields.get('kind');
  if (kind !== 'put' && kind !== 'incr') throw new OpsFileError('line 1: kind must be put or incr');
  return {
    workload: fields.get('workload') ?? '',
    kind,
    seed: number('seed', 0),
    lanes: number('lanes', 1),
    keys: number('keys', 1),
    ops: number('ops', 0),
    valueBytes: number('valueBytes', 0),
    rate: number('rate', 0),
  };
}

/** Reads digits up to `end`, or to the end of the file. */
function numberAt(bytes: Buffer, start: number, end: number, op: number): [value: number, after: number] {
  let value = 0;
  let at = start;
  for (; at < bytes.length && bytes[at] !== end; at += 1) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) throw new OpsFileError(`line ${op + 2}: is not "<lane> <key number>"`);
    value = value * 10 + digit;
  }
  if (at === start) throw new OpsFileError(`line ${op + 2}: is not "<lane> <key number>"`);
  return [value, at + 1];
}
