import { afterAll, beforeAll, describe } from 'vitest';
import { cacheContract } from '../contract/cache.contract.ts';
import { type ClusterNode, startCluster } from '../support/valkey-cluster.ts';
import { movingContract } from './moving.contract.ts';
import { shardsContract } from './shards.contract.ts';

describe('the cache on a cluster of three primaries', () => {
  cacheContract(async () => {
    const nodes = await startCluster(3);
    return {
      url: `${nodes[0]!.url}?cluster=true`,
      async stop() {
        await Promise.all(nodes.map((node) => node.stop()));
      },
    };
  });

  describe('many shards', () => {
    let nodes: ClusterNode[] = [];
    beforeAll(async () => {
      nodes = await startCluster(3);
    });
    afterAll(() => Promise.all(nodes.map((node) => node.stop())));
    shardsContract(() => nodes);
    movingContract(() => nodes);
  });
});
