import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOps } from '../peer/ops-file.ts';
import type { PeerCommand } from './programs.ts';
import { startPeerServers } from './servers.ts';
import { wrongItems } from './wrong-items.ts';

/** What a peer says of a run, and what its table shows. */
export interface PeerRun {
  /** Acknowledged operations a second. */
  readonly rate: number;
  /** ms from the call to the acknowledgement. */
  readonly p50: number;
  readonly p99: number;
  readonly dbItems: number;
  readonly ops: number;
  /** ms from the last acknowledgement until everything was stored; -1 where that did not come. */
  readonly drainMs: number;
  /** Operations that were not acknowledged. */
  readonly failed: number;
  /** Items that the table has in another state than it should; of puts there may be more, see `wrongItems`. */
  readonly wrong: number;
}

/** What the out file says. */
type Result = Omit<PeerRun, 'wrong'> & {
  /** Items that the table has in another state than the cache, where the peer looks. */
  readonly lacking?: number;
};

/**
 * Lets a peer carry out an ops file, on servers of its own.
 *
 * @throws {Error} the peer failed, or did not acknowledge everything: its other figures would say nothing
 */
export async function runPeer(command: PeerCommand, opsText: string): Promise<PeerRun> {
  const directory = mkdtempSync(join(tmpdir(), 'peers-'));
  const servers = await startPeerServers();
  try {
    const [ops, acks, out] = ['ops', 'acks', 'out'].map((file) => join(directory, file)) as [string, string, string];
    writeFileSync(ops, opsText);
    const files = { ops, acks, out, endpoint: servers.dynamodb.url, redis: servers.valkey.port };
    const [program, ...args] = command(files);
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}.`);
    const result = JSON.parse(readFileSync(out, 'utf8')) as Result;
    if (result.failed > 0) throw new Error(`${result.failed} operations were never acknowledged.`);
    const wrong = wrongItems(readOps(ops), await servers.rows());
    return { ...result, wrong: Math.max(wrong, result.lacking ?? 0) };
  } finally {
    await servers.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
