/**
 * The peer: write-behind as a harness compares it with other caches. After `npm run generate`:
 *
 *     node bench/peer.ts --ops FILE --endpoint DYNAMODB_URL --redis PORT --acks FILE --out FILE
 *       [--durability cache|queue] [--mode recover] [--fault FROM_MS,FOR_MS] [--window-seconds 1] [--queue-dir DIR]
 *
 * It carries out an ops file (its format: `peer/ops-file.ts`, its maker: `peer/make-ops.ts`) by the library, within this process, on the
 * Valkey at 127.0.0.1:PORT and the DynamoDB table `items` (key `pk`, a string), which has to be there; region us-east-1, access key
 * `local`. A child process is the queue, with its data on disk; a thread of its own stores what is written, as the flush and sweep
 * functions would. Settings are the defaults but for those in `peer/system.ts`.
 *
 * - The rows' `pk` is the key's name (`k00000007`), a put's value stands under `v`, an increment's number under `n`.
 * - The acks file gets each lane's count of acknowledged operations, each before the lane's next operation begins.
 * - The out file gets, once all is stored, `ops, ms` (first operation to last acknowledgement), `rate` (acknowledgements a second),
 *   `p50, p99, max` (ms from the call to the acknowledgement, also where there is a rate), `dbItems` (items written), `dbCalls` (requests,
 *   those that failed too), `drainMs` (last acknowledgement to everything stored; -1 if that takes over two minutes), `thrown` (operations
 *   that threw) and `failed` (operations that were never acknowledged).
 * - What throws is repeated for up to a minute where it cannot take place twice: each put; an increment at `queue` level, which has an
 *   idempotency key; one at `cache` level if the error says that nothing was written. What is not repeated is `failed`.
 * - `--fault`: in that span of the load each request to DynamoDB fails with status 500; the product's own retries have to cope.
 * - `--mode recover`, after a SIGKILL: starts on the same Valkey, table and queue, writes `{"ready":true}` to the out file, and stores
 *   what was left until it is ended. It needs neither ops nor acks, but `--acks` says where the queue is: in the directory
 *   `write-behind-queue` beside the acks file, or `--queue-dir`.
 *
 * Without `--mode recover` the queue begins empty. Valkey and the table belong together: empty both, or neither.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Acks } from './peer/acks.ts';
import { type Flags, readFlags, UsageError } from './peer/flags.ts';
import { OpsFileError, readOps } from './peer/ops-file.ts';
import { replay } from './peer/replay.ts';
import { type Peer, startPeer } from './peer/system.ts';

const DRAIN_LIMIT_MS = 120_000;
const DRAIN_POLL_MS = 25;

async function run(flags: Flags): Promise<void> {
  const ops = readOps(flags.ops!);
  const acks = new Acks(flags.acks!, ops.header.lanes);
  const peer = await startPeer({ ...flags, recover: false, keys: ops.header.keys });
  if (flags.fault) {
    const from = Date.now() + flags.fault.fromMs;
    peer.gauge.fail(from, from + flags.fault.forMs);
  }
  const { ms, latencies, thrown, failed } = await replay(peer.cache, ops, acks, console.error);
  acks.close();
  const drainMs = await drained(peer);
  writeResult(flags.out, {
    ops: ops.header.ops,
    ms: rounded(ms),
    rate: rounded((latencies.count / ms) * 1000),
    p50: latencies.percentile(0.5),
    p99: latencies.percentile(0.99),
    max: latencies.percentile(1),
    dbItems: peer.gauge.items,
    dbCalls: peer.gauge.calls,
    drainMs: rounded(drainMs),
    thrown,
    failed,
  });
}

async function recover(flags: Flags): Promise<void> {
  await startPeer({ ...flags, recover: true, keys: 0 });
  writeResult(flags.out, { ready: true });
}

/** How long it takes from now until the table has everything, ms; -1 if that does not come. */
async function drained(peer: Peer): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const waiting = await peer.waiting();
    const ms = performance.now() - startedAt;
    if (waiting === 0) return ms;
    if (ms > DRAIN_LIMIT_MS) return -1;
    await wait(DRAIN_POLL_MS);
  }
}

/** Whoever looks for the file finds all of it. */
function writeResult(file: string, result: object): void {
  const text = JSON.stringify(result);
  writeFileSync(`${file}.part`, `${text}\n`);
  renameSync(`${file}.part`, file);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

try {
  const flags = readFlags(process.argv.slice(2));
  // Nobody may take an earlier run's for this one's.
  rmSync(flags.out, { force: true });
  if (flags.mode === 'recover') {
    await recover(flags);
  } else {
    await run(flags);
    // Everything is stored, and what works on in the background has nothing left to do.
    process.exit(0);
  }
} catch (error) {
  const isUsers = error instanceof UsageError || error instanceof OpsFileError;
  console.error(isUsers ? error.message : error);
  process.exit(isUsers ? 2 : 1);
}
