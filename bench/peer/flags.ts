import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

/** A mistake in the command line. */
export class UsageError extends Error {}

/** What the command line asks for. */
export interface Flags {
  /** Left out where the mode is `recover`. */
  readonly ops: string | undefined;
  readonly acks: string | undefined;
  readonly out: string;
  readonly endpoint: string;
  readonly redis: number;
  readonly durability: 'cache' | 'queue';
  readonly mode: 'run' | 'recover';
  /** ms since the start of the load. */
  readonly fault: { readonly fromMs: number; readonly forMs: number } | undefined;
  readonly windowSeconds: number;
  readonly queueDir: string;
}

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const { out, endpoint, redis } = values;
  if (!out || !endpoint || !redis) throw new UsageError('--out, --endpoint and --redis are needed');
  if (!URL.canParse(endpoint)) throw new UsageError('--endpoint: must be a URL');
  const mode = oneOf('--mode', values.mode, ['run', 'recover'] as const);
  if (mode === 'run' && (!values.ops || !values.acks)) throw new UsageError('--ops and --acks are needed');
  return {
    ops: values.ops,
    acks: values.acks,
    out,
    endpoint,
    redis: wholeNumber('--redis', redis, 65_535),
    durability: oneOf('--durability', values.durability, ['cache', 'queue'] as const),
    mode,
    fault: values.fault === undefined ? undefined : spanOf(values.fault),
    windowSeconds: wholeNumber('--window-seconds', values['window-seconds'], 900),
    queueDir: values['queue-dir'] || join(dirname(values.acks || out), 'write-behind-queue'),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ops: { type: 'string' },
        acks: { type: 'string' },
        out: { type: 'string' },
        endpoint: { type: 'string' },
        redis: { type: 'string' },
        durability: { type: 'string', default: 'cache' },
        mode: { type: 'string', default: 'run' },
        fault: { type: 'string' },
        'window-seconds': { type: 'string', default: '1' },
        'queue-dir': { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined)
    throw new UsageError(`${flag}: must be ${allowed.join(' or ')}, not ${JSON.stringify(text)}`);
  return found;
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) {
    throw new UsageError(`${flag}: must be a whole number from 0 to ${max}, not ${JSON.stringify(text)}`);
  }
  return value;
}

function spanOf(text: string): { fromMs: number; forMs: number } {
  const [, from, span] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (from === undefined) throw new UsageError(`--fault: must be FROM_MS,FOR_MS, not ${JSON.stringify(text)}`);
  return { fromMs: Number(from), forMs: Number(span) };
}
