import { describe } from 'vitest';
import { startSqs } from '../../local/embedded/sqs.ts';
import { queueContract } from './queue.contract.ts';

describe('the queue on fauxqs', () => queueContract(() => startSqs()));
