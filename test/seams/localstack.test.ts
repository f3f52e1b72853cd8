import { describe } from 'vitest';
import { localstackEnvironment } from '../../lib/environment.ts';
import { queueContract } from '../contract/queue.contract.ts';

const { endpoint } = localstackEnvironment();

describe('the queue on LocalStack', () =>
  queueContract(async () => ({
    url: endpoint,
    async stop() {
      // Whoever started it stops it; the suite has removed its queues.
    },
  })));
