/** What a harness has to do with the peer: servers, ops files, the program itself, and what it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { headerLine } from '../../bench/peer/ops-file.ts';
import { type PeerServers, startPeerServers } from '../../bench/peers/servers.ts';

/** A peer that runs. */
export interface RunningPeer {
  /** SIGKILL, as in a crash; waits for its exit. */
  kill(): Promise<void>;
  /** Waits until it has ended by itself. @throws with what it printed, unless it ended well */
  ended(): Promise<void>;
}

/** Servers and a directory for one comparison. */
export interface Harness {
  readonly directory: string;
  readonly redis: Redis;
  /** Rows of the table by key. */
  readonly rows: PeerServers['rows'];
  /** Starts the peer on an ops file of these lines, `[lane, key]`. */
  run(kind: 'put' | 'incr', lines: readonly (readonly [number, number])[], ...args: string[]): RunningPeer;
  /** Starts the peer after a crash. */
  recover(...args: string[]): RunningPeer;
  /** Acknowledged operations of each lane; none yet where the file is not there. */
  acks(): number[];
  /** What the out file says; `undefined` where it is not there. */
  result(): Record<string, number | boolean> | undefined;
  stop(): Promise<void>;
}

export const LANES = 4;
export const VALUE_BYTES = 200;

const program = join(import.meta.dirname, '../../bench/peer.ts');

export async function startHarness(): Promise<Harness> {
  const directory = await mkdtemp(join(tmpdir(), 'peer-'));
  const { valkey, dynamodb, rows, stop } = await startPeerServers();
  const redis = new Redis(valkey.url);
  const [ops, acks, out] = ['ops', 'acks', 'out'].map((name) => join(directory, name)) as [string, string, string];
  const peers: ChildProcess[] = [];
  const start = (...args: string[]): RunningPeer => {
    const common = ['--endpoint', dynamodb.url, '--redis', String(valkey.port), '--acks', acks, '--out', out];
    const child = spawn(process.execPath, [program, ...common, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    peers.push(child);
    const printed = text(child.stderr);
    const exited = once(child, 'exit') as Promise<[number | null]>;
    return {
      kill: async () => {
        child.kill('SIGKILL');
        await exited;
      },
      ended: async () => {
        const [code] = await exited;
        if (code !== 0) throw new Error(`The peer ended with ${code}:\n${await printed}`);
      },
    };
  };
  return {
    directory,
    redis,
    rows,
    run(kind, lines, ...args) {
      const keys = lines.reduce((most, [, key]) => Math.max(most, key + 1), 0);
      const header = headerLine({
        workload: 'test',
        kind,
        seed: 1,
        lanes: LANES,
        keys,
        ops: lines.length,
        valueBytes: VALUE_BYTES,
        rate: 0,
      });
      writeFileSync(ops, [header, ...lines.map((line) => line.join(' ')), ''].join('\n'));
      return start('--ops', ops, ...args);
    },
    recover: (...args) => start('--mode', 'recover', ...args),
    acks() {
      const bytes = existsSync(acks) ? readFileSync(acks) : Buffer.alloc(0);
      return Array.from({ length: bytes.length / 8 }, (_, lane) => Number(bytes.readBigInt64LE(8 * lane)));
    },
    result: () => (existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : undefined),
    async stop() {
      for (const peer of peers) peer.kill('SIGKILL');
      redis.disconnect();
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
