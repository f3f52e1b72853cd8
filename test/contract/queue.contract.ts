import { describe } from 'vitest';
import { deadLetterContract } from './dead-letter.contract.ts';
import { deliveryContract } from './delivery.contract.ts';
import { useQueues } from './queue.subject.ts';
import { sendContract } from './send.contract.ts';
import type { Server } from './subject.ts';

/** What every SQS must do for signals and dead letters; `start` starts a server without queues. */
export function queueContract(start: () => Promise<Server>): void {
  const queues = useQueues(start);
  describe('sends', () => sendContract(queues));
  describe('deliveries', () => deliveryContract(queues));
  describe('dead letters', () => deadLetterContract(queues));
}
