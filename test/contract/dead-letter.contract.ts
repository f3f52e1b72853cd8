import { expect, test } from 'vitest';
import { until } from '../support/system.ts';
import { MAX_RECEIVE_COUNT, message, messagesOf, type Queues } from './queue.subject.ts';

export function deadLetterContract(queues: () => Queues): void {
  /** Receives a message and releases it, as often as the queue allows. */
  async function wearOut(): Promise<void> {
    for (let times = 1; times <= MAX_RECEIVE_COUNT; times += 1) {
      const [received] = await queues().queue.receive();
      expect(received).toMatchObject({ receiveCount: times });
      await queues().queue.release(received!);
    }
  }

  /** Receives from the queue, as the event source goes on doing, until a message is in the dead-letter queue. */
  async function given() {
    let letters = await queues().dead.receive();
    await until('the message is given up', async () => {
      expect(await queues().queue.receive()).toEqual([]);
      if (letters.length === 0) letters = await queues().dead.receive();
      return letters.length > 0;
    });
    return letters;
  }

  test('a message that was received too often is in the dead-letter queue, as it was', async () => {
    const attributes = { key: 'items/é' };
    await queues().queue.sender.send(message({ body: 'worn out', attributes }));
    await wearOut();
    expect(await given()).toMatchObject([{ body: 'worn out', attributes }]);
    expect(await queues().queue.sender.depth()).toEqual({ visible: 0, delayed: 0, inFlight: 0 });
  });

  test('what it held up arrives', async () => {
    const [first, second] = messagesOf(message().groupId, 'worn out', 'next') as [
      ReturnType<typeof message>,
      ReturnType<typeof message>,
    ];
    await queues().queue.sender.send(first);
    await wearOut();
    await given();
    await queues().queue.sender.send(second);
    expect(await queues().queue.drained()).toEqual(['next']);
  });

  test('a letter is redriven under another dedup id, and is the last of its group then', async () => {
    const groupId = message().groupId;
    const worn = message({ groupId, body: 'worn out' });
    await queues().queue.sender.send(worn);
    await wearOut();
    const [letter] = await given();
    await queues().queue.sender.send(message({ groupId, body: 'newer' }));
    // Under its own it would be taken for a repetition of the first send.
    await queues().queue.sender.send(worn);
    await queues().queue.sender.send({ ...worn, dedupId: letter!.id });
    await queues().dead.delete(letter!);
    expect(await queues().queue.drained()).toEqual(['newer', 'worn out']);
    expect(await queues().dead.sender.depth()).toEqual({ visible: 0, delayed: 0, inFlight: 0 });
  });

  test('letters of a group that are looked at hide the others of it, not those of other groups', async () => {
    const groupId = message().groupId;
    for (const each of messagesOf(groupId, 'a', 'b')) await queues().dead.sender.send(each);
    // One receive may bring both, or hide the second behind the first.
    const looked = [...(await queues().dead.receive()), ...(await queues().dead.all())];
    await queues().dead.sender.send(message({ groupId, body: 'c' }));
    await queues().dead.sender.send(message({ body: 'other' }));
    expect((await queues().dead.all()).map(({ body }) => body)).toEqual(['other']);
    await queues().dead.release(...looked);
    expect(await queues().dead.drained()).toEqual(['a', 'b', 'c']);
  });
}
