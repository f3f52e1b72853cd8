import type { MemoryMessage } from '../simulation/memory-queue.ts';
import { CrashedError, type World } from '../world.ts';

/** Most messages that the event source hands to one flush. */
const BATCH = 10;

/** The event source and a flush: receives, flushes, and deletes what is done. */
export async function deliver(world: World, these: readonly MemoryMessage[]): Promise<void> {
  await ifNotCrashed(
    world.invoke('flush', 0, async ({ messageFlush }, name) => {
      const messages = world.queue.receive(BATCH, name, these).map((message) => ({
        messageId: message.id,
        receiptHandle: message.receiptHandle!,
        body: message.body,
        receiveCount: message.receiveCount,
      }));
      world.trace.add(name, `receives ${messages.map(({ body }) => body).join(' ')}`);
      const again = await messageFlush.flush(messages, 0);
      for (const { messageId, receiptHandle } of messages.filter((message) => !again.includes(message.messageId))) {
        const deleting = world.scheduler.schedule(name, 'queue', `deletes ${messageId}`, () => {
          const message = world.queue.delete(receiptHandle);
          if (message) world.witness.deleted(message.id);
        });
        // What could not be deleted is delivered again.
        await deleting.catch(() => undefined);
      }
    }),
  );
}

/** A flush-now, which does what a sweep does without waiting for entries to grow old. */
export async function drain(world: World, parksRefused: boolean): Promise<void> {
  await ifNotCrashed(
    world.invoke('drain', 0, async ({ drain, nowMs }) => {
      const now = nowMs();
      const forLongMs = 3_600_000;
      await drain.run({
        dirtyBeforeMs: now + forLongMs,
        limit: 100,
        deadlineMs: now + forLongMs,
        parkBeforeMs: parksRefused ? now + forLongMs : 0,
      });
    }),
  );
}

/** An operator redrives all dead letters. */
export async function redrive(world: World): Promise<void> {
  await ifNotCrashed(world.invoke('operator', 0, ({ deadLetterOffice }) => deadLetterOffice.redrive({ all: true })));
}

/** Functions that fail are called again later, as on Lambda. */
async function ifNotCrashed(invocation: Promise<unknown>): Promise<void> {
  try {
    await invocation;
  } catch (error) {
    if (!(error instanceof CrashedError || isTrouble(error))) throw error;
  }
}

function isTrouble(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
