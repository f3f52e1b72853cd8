import { join } from 'node:path';
import { type Installed, installed } from '../../test/seams/java/install.ts';
import { findProgram } from '../../test/seams/programs.ts';

/** What a peer is told. */
export interface PeerFiles {
  readonly ops: string;
  readonly acks: string;
  readonly out: string;
  /** URL of the DynamoDB. */
  readonly endpoint: string;
  /** Port of Valkey on 127.0.0.1. */
  readonly redis: number;
}

/** The caches that are compared; Redisson first, whose rate is the measure of the others. */
export const PEERS = ['Redisson', 'Hazelcast', 'write-behind'] as const;

/** One of them. */
export type PeerName = (typeof PEERS)[number];

/** Program and arguments that let a peer carry out an ops file. */
export type PeerCommand = (files: PeerFiles) => readonly [program: string, ...args: string[]];

const WINDOW_SECONDS = 1;
/** Without them Hazelcast warns that it is slower. */
const HAZELCAST_OPTIONS = [
  '--add-modules=java.se',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.management/sun.management=ALL-UNNAMED',
  '--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED',
];

/**
 * How each peer is started.
 *
 * @throws {Error} there is no Java, or what it runs cannot be downloaded
 */
export function peerCommands(): Readonly<Record<PeerName, PeerCommand>> {
  const java = findProgram('java');
  if (!java) throw new Error('java is not on the PATH: a JDK from 17 on and Maven are needed.');
  const others = installed(join(import.meta.dirname, 'redisson-and-hazelcast'));
  return {
    Redisson: javaCommand(java, others, 'redisson', []),
    Hazelcast: javaCommand(java, others, 'hazelcast', HAZELCAST_OPTIONS),
    'write-behind': ourCommand,
  };
}

function javaCommand(java: string, { classPath }: Installed, name: string, options: readonly string[]) {
  return ({ ops, acks, out, endpoint, redis }: PeerFiles) =>
    [
      java,
      ...options,
      ...['-cp', classPath, 'Peer', name, ops, endpoint, String(redis), acks, out, String(WINDOW_SECONDS)],
    ] as const;
}

function ourCommand({ ops, acks, out, endpoint, redis }: PeerFiles) {
  const program = join(import.meta.dirname, '../peer.ts');
  const files = ['--ops', ops, '--acks', acks, '--out', out, '--endpoint', endpoint, '--redis', String(redis)];
  return [process.execPath, program, ...files, '--window-seconds', String(WINDOW_SECONDS)] as const;
}
