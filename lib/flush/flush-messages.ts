import type { Cache } from '../cache/cache.ts';
import type { Config } from '../config.ts';
import type { DeadLetterSender } from '../dead-letters/sender.ts';
import { InvalidMessageError, ItemRefusedError, MessageFormatError } from '../errors.ts';
import type { Image } from '../model/image.ts';
import { isAhead } from '../model/version.ts';
import { decodeSignal, type Signal } from '../queue/signal.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import { type Tracing, traced } from '../tracing/tracing.ts';
import type { FlushPath } from './flush-path.ts';
import type { FlushItem, FlushResult } from './flushed.ts';
import type { Pacer } from './pacer.ts';
import type { FlushReport } from './report.ts';

/** A message as the event source hands it out. */
export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  /** Its system attribute `AWSTraceHeader`: the trace of the write that sent it. */
  readonly traceHeader?: string | undefined;
}

/** So many receives before SQS gives a message up, it is stored whatever the rate is. */
const LAST_RECEIVES = 5;
/** Longest that a message is hidden because its item's turn did not come, s: the sweep stores the item when it comes earlier. */
const LONGEST_DEFERRAL_SECONDS = 3600;

interface KeyBatch {
  readonly item: FlushItem & { readonly version: number };
  /** All messages of the key, in queue order, and the version that each stands for. */
  readonly messages: readonly (QueueMessage & Pick<Signal, 'version' | 'later'>)[];
}

/** Flushes what a batch of messages asks for, with a policy for every way in which that fails (rules 4 and 11). */
export class MessageFlush {
  readonly #flushPath: FlushPath;
  readonly #cache: Pick<Cache, 'read'>;
  readonly #queue: SqsQueue;
  readonly #deadLetters: DeadLetterSender;
  readonly #pacer: Pacer;
  readonly #config: Config;
  readonly #report: FlushReport;
  readonly #random: () => number;
  readonly #nowMs: () => number;
  readonly #tracing: Tracing | undefined;

  constructor(
    flushPath: FlushPath,
    cache: Pick<Cache, 'read'>,
    queue: SqsQueue,
    deadLetters: DeadLetterSender,
    pacer: Pacer,
    config: Config,
    report: FlushReport,
    random: () => number,
    nowMs: () => number,
    tracing?: Tracing,
  ) {
    this.#flushPath = flushPath;
    this.#cache = cache;
    this.#queue = queue;
    this.#deadLetters = deadLetters;
    this.#pacer = pacer;
    this.#config = config;
    this.#report = report;
    this.#random = random;
    this.#nowMs = nowMs;
    this.#tracing = tracing;
  }

  /**
   * Returns the ids of the messages that must come again; all others may be deleted.
   *
   * @param turnsUntilMs how long items may wait for their turn, where a rate limits the flush, ms since the epoch
   */
  flush(messages: readonly QueueMessage[], turnsUntilMs: number): Promise<string[]> {
    return traced(this.#tracing, 'batch', { messages: messages.length }, () => this.#flush(messages, turnsUntilMs));
  }

  async #flush(messages: readonly QueueMessage[], turnsUntilMs: number): Promise<string[]> {
    const again: string[] = [];
    const readable: { message: QueueMessage; signal: Signal }[] = [];
    await Promise.all(
      messages.map(async (message) => {
        const signal = await this.#read(message);
        if (signal === 'again') again.push(message.messageId);
        else if (signal) readable.push({ message, signal });
      }),
    );
    const batches = byKey(readable);
    const items = batches.map(({ item, messages }) => ({ ...item, urgent: this.#isUrgent(messages) }));
    const { results, overlooked } = await this.#flushPath.flush(items, this.#pacer.until(turnsUntilMs));
    for (const { key, version } of overlooked) this.#report.lost(key, version);
    await Promise.all(
      batches.map(async (batch, index) => {
        again.push(...(await this.#conclude(batch, results[index]!)).map(({ messageId }) => messageId));
      }),
    );
    return again;
  }

  /** The signal; nothing for a message that is a dead letter now. */
  async #read(message: QueueMessage): Promise<Signal | 'again' | undefined> {
    let signal: Signal | undefined;
    try {
      signal = decodeSignal(message.body);
      if (isAhead(signal.version, this.#nowMs())) await this.#checkKnown(signal);
      return signal;
    } catch (error) {
      if (error instanceof MessageFormatError) return this.#postpone(message, error);
      if (error instanceof InvalidMessageError) return this.#giveUp(message, error);
      this.#report.failed(signal!.key, error as Error, message.traceHeader);
      await this.#delay([message], this.#backOffSeconds(message.receiveCount));
      return 'again';
    }
  }

  /** Another version may read it, which a deployment brings, or brings back: it waits as long as what DynamoDB refuses. */
  async #postpone(message: QueueMessage, error: MessageFormatError): Promise<'again' | undefined> {
    const wait = this.#config.refusedRetrySeconds[message.receiveCount - 1];
    if (wait === undefined) return this.#giveUp(message, error);
    this.#report.unreadable(message, error);
    await this.#delay([message], wait);
    return 'again';
  }

  async #giveUp(message: QueueMessage, error: InvalidMessageError): Promise<'again' | undefined> {
    this.#report.unreadable(message, error);
    const cause = { reason: error.message, ...message };
    return (await this.#deadLetter(message, () => this.#deadLetters.unreadable(message.body, cause)))
      ? undefined
      : 'again';
  }

  /**
   * A version that is ahead of the clock would keep every later write of its item out of the table, and spread to its shard. Where
   * Valkey has it, a writer whose clock is wrong was told that it counts; of any other nobody was.
   *
   * @throws {InvalidMessageError} Valkey does not have it
   * @throws as `Valkey.script` does
   */
  async #checkKnown({ key, version }: Signal): Promise<void> {
    const reply = await this.#cache.read(key);
    if (reply.kind === 'hit' && reply.entry.version >= version) return;
    throw new InvalidMessageError(`The message is of the future: its version ${version} is ahead of the clock.`);
  }

  /** The messages of a key that must come again. */
  async #conclude(batch: KeyBatch, result: FlushResult): Promise<readonly QueueMessage[]> {
    const { key, version, traceHeaders: [traceHeader] = [] } = batch.item;
    if (result.kind === 'lost') this.#report.lost(key, version, traceHeader);
    if (result.kind === 'deferred') return this.#defer(batch, result.afterSeconds);
    if (result.kind !== 'failed' && result.kind !== 'unsettled') return [];
    this.#report.failed(key, result.error, traceHeader);
    const receives = receivesOf(batch.messages);
    if (result.kind === 'unsettled') {
      await this.#delay(batch.messages, this.#backOffSeconds(receives));
      return batch.messages;
    }
    const { error, image } = result;
    if (error instanceof ItemRefusedError && image) {
      const wait = this.#config.refusedRetrySeconds[receives - 1];
      if (wait === undefined) {
        const last = batch.messages.at(-1)!;
        const { later } = batch.messages.find(({ version }) => version === image.version) ?? {};
        const isDead = await this.#deadLetter(last, () =>
          this.#deadLetters.park(key, image, { reason: error.message, ...last, receiveCount: receives }, later),
        );
        if (!isDead) return batch.messages;
        // An older state that a message carried, of an item that Valkey lost or cannot be asked for, does not answer for newer ones.
        const newer = batch.messages.filter(({ version }) => version > image.version);
        await this.#delay(newer, this.#backOffSeconds(receives));
        return newer;
      }
      await this.#delay(batch.messages, wait);
    } else {
      await this.#delay(batch.messages, this.#backOffSeconds(receives));
    }
    return batch.messages;
  }

  /**
   * Nothing went wrong: nobody is told. Each time takes twice as long, because each is a receive, of which a message has few: others have their turn
   * meanwhile.
   */
  async #defer({ messages }: KeyBatch, afterSeconds: number): Promise<readonly QueueMessage[]> {
    const seconds = Math.max(afterSeconds, 2 ** Math.min(receivesOf(messages), 30)) * (1 + this.#random() / 4);
    await this.#delay(messages, Math.min(LONGEST_DEFERRAL_SECONDS, Math.ceil(seconds)));
    return messages;
  }

  #isUrgent(messages: readonly QueueMessage[]): boolean {
    return receivesOf(messages) > this.#config.maxReceiveCount - LAST_RECEIVES;
  }

  async #deadLetter(message: QueueMessage, send: () => Promise<void>): Promise<boolean> {
    try {
      await send();
      return true;
    } catch (error) {
      this.#report.deadLetterFailed(message, error);
      await this.#delay([message], this.#backOffSeconds(message.receiveCount));
      return false;
    }
  }

  /** Exponential, with jitter over its upper half. */
  #backOffSeconds(receives: number): number {
    const { firstSeconds, maxSeconds } = this.#config.backOff;
    const longest = Math.min(maxSeconds, firstSeconds * 2 ** Math.min(receives - 1, 30));
    return Math.max(1, Math.round(longest * (0.5 + this.#random() / 2)));
  }

  async #delay(messages: readonly QueueMessage[], seconds: number): Promise<void> {
    await Promise.all(
      messages.map(async (message) => {
        try {
          await this.#queue.delay(message.receiptHandle, seconds);
        } catch (error) {
          // It comes again after the visibility timeout instead.
          this.#report.delayFailed(message, error);
        }
      }),
    );
  }
}

function receivesOf(messages: readonly QueueMessage[]): number {
  return Math.max(...messages.map(({ receiveCount }) => receiveCount));
}

/** Messages of one key are one claim at their highest version, with the newest value that any of them carries. */
function byKey(readable: readonly { message: QueueMessage; signal: Signal }[]): KeyBatch[] {
  return [...Map.groupBy(readable, ({ signal }) => signal.key)].map(([key, group]) => {
    const newest = (a: Image | undefined, b: Image | undefined) => (!a || (b && b.version > a.version) ? b : a);
    const signals = group.map(({ signal }) => signal);
    const image = signals.map((signal) => signal.image).reduce(newest, undefined);
    const traceHeaders = traceHeadersOf(group);
    return {
      item: {
        key,
        version: Math.max(...signals.map(({ version }) => version)),
        sent: signals,
        changes: signals.flatMap(({ changes = [] }) => changes),
        ...(image && { image }),
        ...(traceHeaders.length > 0 && { traceHeaders }),
      },
      messages: group.map(({ message, signal: { version, later } }) => ({
        ...message,
        version,
        ...(later && { later }),
      })),
    };
  });
}

/** Of the message with the highest version first: what it asks for is claimed. */
function traceHeadersOf(group: readonly { message: QueueMessage; signal: Signal }[]): string[] {
  return group
    .filter(({ message }) => message.traceHeader)
    .sort((a, b) => b.signal.version - a.signal.version)
    .map(({ message }) => message.traceHeader!);
}
