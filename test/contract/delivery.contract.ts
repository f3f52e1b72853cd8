import { expect, test } from 'vitest';
import { message, messagesOf, type Queues } from './queue.subject.ts';

const SECOND_MS = 1000;
/** Servers may count from the whole millisecond on. */
const ROUNDED_MS = 5;

export function deliveryContract(queues: () => Queues): void {
  const queue = () => queues().queue;
  const send = async (...messages: ReturnType<typeof message>[]) => {
    for (const each of messages) await queue().sender.send(each);
  };
  const bodies = (messages: readonly { body: string }[]) => messages.map(({ body }) => body);

  test('the messages of a group arrive in the order in which they were sent', async () => {
    const sent = Array.from({ length: 25 }, (_, n) => `message ${n}`);
    await send(...messagesOf(message().groupId, ...sent));
    expect(await queue().drained()).toEqual(sent);
  });

  test('while a message of a group is in flight, the group hands out nothing, and other groups do', async () => {
    const groupId = message().groupId;
    await send(...messagesOf(groupId, 'first'));
    const [first] = await queue().receive();
    const other = message();
    await send(...messagesOf(groupId, 'second'), other);
    expect(bodies(await queue().all())).toEqual([other.body]);
    await queue().delete(first!);
    expect(bodies(await queue().all())).toEqual(['second']);
  });

  test('a message that is released comes first in its group again, and counts how often it was received', async () => {
    await send(...messagesOf(message().groupId, 'first', 'second'));
    for (const times of [1, 2]) {
      const messages = await queue().all();
      expect(messages[0]).toMatchObject({ body: 'first', receiveCount: times });
      await queue().release(...messages);
    }
    expect(await queue().drained()).toEqual(['first', 'second']);
  });

  test('a message that is neither deleted nor released comes back when its time is over', async () => {
    await send(message({ body: 'again' }));
    const before = Date.now();
    await queue().receive({ invisibleSeconds: 1 });
    const received = await queue().receive({ waitSeconds: 20 });
    expect(received).toMatchObject([{ body: 'again', receiveCount: 2 }]);
    expect(Date.now() - before).toBeGreaterThanOrEqual(SECOND_MS - ROUNDED_MS);
  });

  test('a message that is put off keeps its group back for so long, and no other', async () => {
    const groupId = message().groupId;
    await send(...messagesOf(groupId, 'first', 'second'));
    const messages = await queue().all();
    const putOff = async (seconds: number) => {
      for (const { receiptHandle } of messages) await queue().sender.delay(receiptHandle, seconds);
    };
    await putOff(600);
    const other = message();
    await send(other);
    expect(bodies(await queue().all())).toEqual([other.body]);
    const before = Date.now();
    await putOff(1);
    expect(bodies(await queue().receive({ waitSeconds: 20 }))[0]).toBe('first');
    expect(Date.now() - before).toBeGreaterThanOrEqual(SECOND_MS - ROUNDED_MS);
  });

  test('the window of the queue keeps each message back', async () => {
    await queues().withDelay(1, async (delayed) => {
      const before = Date.now();
      await delayed.sender.send(message({ body: 'late' }));
      expect(bodies(await delayed.receive({ waitSeconds: 20 }))).toEqual(['late']);
      expect(Date.now() - before).toBeGreaterThanOrEqual(SECOND_MS - ROUNDED_MS);
    });
  });

  test('messages are counted by what they wait for', async () => {
    await send(message(), message(), message());
    const [first] = await queue().receive();
    const held = (await queue().sender.depth()).inFlight;
    expect(await queue().sender.depth()).toEqual({ visible: 3 - held, delayed: 0, inFlight: held });
    expect(held).toBeGreaterThan(0);
    await queue().delete(first!);
    expect(await queue().sender.depth()).toEqual({ visible: 3 - held, delayed: 0, inFlight: held - 1 });
    await queues().withDelay(900, async (delayed) => {
      await delayed.sender.send(message());
      expect(await delayed.sender.depth()).toEqual({ visible: 0, delayed: 1, inFlight: 0 });
      expect(await delayed.receive()).toEqual([]);
    });
  });

  test('up to ten messages come with one receive, and say when they were sent', async () => {
    const before = Date.now();
    await Promise.all(Array.from({ length: 15 }, () => queue().sender.send(message())));
    const messages = await queue().receive();
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.length).toBeLessThanOrEqual(10);
    for (const { sentAtMs } of messages) {
      expect(sentAtMs).toBeGreaterThanOrEqual(before - ROUNDED_MS);
      expect(sentAtMs).toBeLessThanOrEqual(Date.now() + ROUNDED_MS);
    }
    expect(new Set([...messages, ...(await queue().all())].map(({ id }) => id)).size).toBe(15);
  });

  test('a message that was deleted stays away, also when it is deleted or released again', async () => {
    await send(message());
    const [received] = await queue().receive();
    expect((await queue().delete(received!)).size).toBe(0);
    // Servers differ in whether they call this a failure.
    await queue().delete(received!);
    await queue().release(received!);
    expect(await queue().sender.depth()).toEqual({ visible: 0, delayed: 0, inFlight: 0 });
  });
}
