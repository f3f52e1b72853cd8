/** A message of a {@link MemoryQueue}. */
export interface MemoryMessage {
  readonly id: string;
  readonly body: string;
  readonly groupId: string;
  readonly attributes: Readonly<Record<string, string>>;
  receiveCount: number;
  /** While it is in flight; a later receive makes an earlier handle worthless. */
  receiptHandle?: string;
  /** Who has received it last. */
  holder?: string;
}

/** What is sent. */
export type Outgoing = Pick<MemoryMessage, 'body' | 'groupId' | 'attributes'> & { readonly dedupId: string };

/**
 * A FIFO queue in memory. While messages of a group are in flight the rest of the group waits. Time is not its business: a message in
 * flight comes back when it is released, by its holder or by whoever decides that its visibility timeout is over; and it never
 * forgets a dedup id.
 */
export class MemoryQueue {
  readonly messages: MemoryMessage[] = [];
  readonly #name: string;
  readonly #dedupIds = new Set<string>();
  #ids = 0;
  #handles = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Takes a message; one whose dedup id it has seen is dropped without a word. */
  send({ dedupId, ...message }: Outgoing): MemoryMessage | undefined {
    if (this.#dedupIds.has(dedupId)) return undefined;
    this.#dedupIds.add(dedupId);
    this.#ids += 1;
    const taken = { ...message, id: `${this.#name}-${this.#ids}`, receiveCount: 0 };
    this.messages.push(taken);
    return taken;
  }

  /** What could be received now, in order. */
  visible(): MemoryMessage[] {
    const locked = new Set(this.inFlight().map(({ groupId }) => groupId));
    return this.messages.filter(({ groupId }) => !locked.has(groupId));
  }

  /** What has been received and neither deleted nor released. */
  inFlight(): MemoryMessage[] {
    return this.messages.filter(({ receiptHandle }) => receiptHandle !== undefined);
  }

  /** Receives some messages that are visible, as they stand in the queue unless others are named. */
  receive(most: number, holder: string, these: readonly MemoryMessage[] = this.visible()): MemoryMessage[] {
    return these.slice(0, most).map((message) => {
      this.#handles += 1;
      message.receiptHandle = `${this.#name}-handle-${this.#handles}`;
      message.receiveCount += 1;
      message.holder = holder;
      return message;
    });
  }

  /** Deletes a message, if the handle is still worth something. */
  delete(receiptHandle: string): MemoryMessage | undefined {
    const message = this.#held(receiptHandle);
    if (message) this.remove(message);
    return message;
  }

  /** Makes a message visible again. */
  release(receiptHandle: string): void {
    const message = this.#held(receiptHandle);
    if (message) delete message.receiptHandle;
  }

  /** Takes a message out, as SQS does when it moves it to the dead-letter queue. */
  remove(message: MemoryMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
  }

  #held(receiptHandle: string): MemoryMessage | undefined {
    return this.messages.find((message) => message.receiptHandle === receiptHandle);
  }
}
