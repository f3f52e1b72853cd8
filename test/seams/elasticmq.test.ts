import { describe } from 'vitest';
import { queueContract } from '../contract/queue.contract.ts';
import { startElasticMq } from './java/server.ts';

describe('the queue on ElasticMQ', () => queueContract(startElasticMq));
