import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { Redis } from 'ioredis';
import { localEnvironment } from '../../lib/environment.ts';
import { startServers, stopServers } from '../../local/servers.ts';

const GB = 1024 ** 3;

/** What was measured on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Which server, and its version. */
  readonly valkey: string;
  readonly sqs: string;
  readonly dynamodb: string;
  /** Processes that wanted to run in the minute before, on average: anything near the number of cores disturbs. */
  readonly loadBefore: number;
}

/** Describes the machine, before anything is measured. */
export async function describeMachine(): Promise<Machine> {
  const [loadBefore = 0] = loadavg();
  const servers = await startServers({ environment: localEnvironment() });
  const redis = new Redis(servers.valkey.url);
  try {
    const info = await redis.info('server');
    const version = /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1];
    return {
      cores: cpus().length,
      processor: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / GB),
      system: `${type()} ${release()}`,
      node: process.version,
      valkey: [servers.valkey.kind, version].filter(Boolean).join(' '),
      sqs: servers.sqs.kind,
      dynamodb: servers.dynamodb.kind,
      loadBefore,
    };
  } finally {
    redis.disconnect();
    await stopServers(servers);
  }
}

/** The machine in one sentence. */
export function machineText(machine: Machine): string {
  const { cores, processor, memoryGb, system, node, valkey, sqs, dynamodb, loadBefore } = machine;
  const servers = `Valkey: ${valkey}, SQS: ${sqs}, DynamoDB: ${dynamodb}`;
  return `${cores} cores (${processor}), ${memoryGb} GB, ${system}, Node ${node}; ${servers}; load average before it: ${loadBefore.toFixed(2)}.`;
}
