import { ListQueueTagsCommand, type SQSClient, TagQueueCommand, UntagQueueCommand } from '@aws-sdk/client-sqs';
import { InvalidInputError } from '../errors.ts';
import { queueErrorOf } from '../queue/sqs-errors.ts';

/** Why nothing is flushed. */
export interface Pause {
  /** ISO 8601. */
  readonly since: string;
  /** Who paused it, as the caller said, else the verified identity. */
  readonly actor?: string;
  readonly reason?: string;
}

/** How fast what waited during a pause is stored. */
export interface DrainRate {
  /** ISO 8601 of the resume: what waits since before it is limited. */
  readonly since: string;
  readonly itemsPerSecond: number;
}

/** What the record says. */
export interface FlushingRecordState {
  /** `null`: flushing is not paused. */
  readonly paused: Pause | null;
  /** `null`: the last resume asked for no rate. */
  readonly drain: DrainRate | null;
}

const TAGS = {
  pausedSince: 'write-behind:paused-since',
  pausedBy: 'write-behind:paused-by',
  pausedBecause: 'write-behind:paused-because',
  drainSince: 'write-behind:drain-since',
  drainRate: 'write-behind:drain-rate',
} as const;
const PAUSE_TAGS = [TAGS.pausedSince, TAGS.pausedBy, TAGS.pausedBecause];
const DRAIN_TAGS = [TAGS.drainSince, TAGS.drainRate];
/** Of a tag's value. */
const LONGEST_VALUE = 256;

/**
 * Whether flushing is paused, in the tags of the queue: they outlive Valkey, can be read where only SQS can be reached, and are seen by
 * whoever looks at the queue. Every method throws {@link QueueUnavailableError} or {@link QueueThrottledError}.
 */
export class FlushingRecord {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async read(): Promise<FlushingRecordState> {
    const { Tags: tags = {} } = await this.#ask(() =>
      this.#client.send(new ListQueueTagsCommand({ QueueUrl: this.#url })),
    );
    const text = (name: string) => (tags[name] === undefined ? undefined : decoded(tags[name]));
    const [since, actor, reason] = PAUSE_TAGS.map(text);
    const [drainSince, rate] = DRAIN_TAGS.map(text);
    return {
      paused:
        since === undefined
          ? null
          : { since, ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) },
      drain:
        drainSince === undefined || rate === undefined ? null : { since: drainSince, itemsPerSecond: Number(rate) },
    };
  }

  /** @throws {InvalidInputError} `reason` does not fit into a tag */
  async writePause({ since, actor, reason }: Pause): Promise<void> {
    const because = encoded(reason ?? '');
    if (because.length > LONGEST_VALUE) {
      throw new InvalidInputError('The reason has too many characters that are neither letters nor digits.', 'reason');
    }
    await this.#tag({
      [TAGS.pausedSince]: since,
      ...(actor && { [TAGS.pausedBy]: clipped(actor) }),
      ...(because && { [TAGS.pausedBecause]: because }),
    });
  }

  async clearPause(): Promise<void> {
    await this.#untag(PAUSE_TAGS);
  }

  /** @param drain `null`: nothing is limited */
  async writeDrain(drain: DrainRate | null): Promise<void> {
    if (!drain) return this.#untag(DRAIN_TAGS);
    await this.#tag({ [TAGS.drainSince]: drain.since, [TAGS.drainRate]: String(drain.itemsPerSecond) });
  }

  async #tag(Tags: Record<string, string>): Promise<void> {
    await this.#ask(() => this.#client.send(new TagQueueCommand({ QueueUrl: this.#url, Tags })));
  }

  async #untag(TagKeys: string[]): Promise<void> {
    await this.#ask(() => this.#client.send(new UntagQueueCommand({ QueueUrl: this.#url, TagKeys })));
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (cause) {
      throw queueErrorOf(cause);
    }
  }
}

/** Tags take letters, digits, spaces and a few signs; all else is written as its bytes, `=` and two hexadecimal digits each. */
function encoded(text: string): string {
  const bytes = (sign: string) =>
    [...Buffer.from(sign)].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join('');
  return text.trim().replace(/[^\p{L}\p{N} _.:/+@-]/gu, bytes);
}

function decoded(value: string): string {
  return value.replace(/(=[0-9a-f]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());
}

/** As much of a name as a tag takes. */
function clipped(name: string): string {
  let kept = name;
  while (encoded(kept).length > LONGEST_VALUE) kept = [...kept].slice(0, -1).join('');
  return encoded(kept);
}
