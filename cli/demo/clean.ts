import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { Cluster } from 'ioredis';
import { Keys } from '../../lib/cache/keys.ts';
import { connected, createValkey } from '../../lib/clients.ts';
import type { Config } from '../../lib/config.ts';
import { localSqsClient } from '../../local/clients.ts';

const KEYS_PER_SCAN = 1000;

/** Removes every key of write-behind from Valkey and leaves what belongs to others. */
export async function emptyCache({ endpoints, shards, valkeyTimeoutMs }: Config): Promise<void> {
  const tags = new Set(new Keys(shards).shards.map(({ dirty }) => hashTag(dirty)));
  const client = createValkey(endpoints.valkeyUrl, valkeyTimeoutMs);
  try {
    await connected(client, valkeyTimeoutMs);
    for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
      let cursor = '0';
      do {
        const [next, keys] = await node.scan(cursor, 'MATCH', '{*', 'COUNT', KEYS_PER_SCAN);
        // One at a time: keys of several slots in one command are refused by a cluster.
        await Promise.all(keys.filter((key) => tags.has(hashTag(key))).map((key) => node.unlink(key)));
        cursor = next;
      } while (cursor !== '0');
    }
  } finally {
    client.disconnect();
  }
}

/** The part of a key, braces included, that decides on its slot. */
function hashTag(key: string): string {
  return key.slice(0, key.indexOf('}') + 1);
}

/** Drops all messages of the queue; dead letters stay. */
export async function emptyQueue({ endpoints }: Config): Promise<void> {
  const client = localSqsClient(endpoints.sqsEndpoint ?? '');
  try {
    await client.send(new PurgeQueueCommand({ QueueUrl: endpoints.queueUrl }));
  } finally {
    client.destroy();
  }
}
