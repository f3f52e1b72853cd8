import { setTimeout as wait } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { localSigning } from './clients.ts';
import { type Handler, invoke } from './invocation.ts';

/** Options of {@link startStreamSource}. */
export interface StreamSourceOptions {
  /** Where DynamoDB is. */
  readonly endpoint: string;
  /** ARNs of the tables' streams. */
  readonly streamArns: readonly string[];
  /** Takes each batch; from the first record on that it reports as failed, all are delivered again. */
  readonly handler: Handler<DynamoDBStreamEvent, DynamoDBBatchResponse>;
  /** Takes a line about each failure. @default console.error */
  readonly log?: (line: string) => void;
}

/** A running stream source. */
export interface StreamSource {
  /** Stops reading, and waits for the batches in work. */
  stop(): Promise<void>;
}

const POLL_MS = 100;
const RETRY_MS = 500;
const FUNCTION = { functionName: 'write-behind-stream', timeoutSeconds: 30 };

/**
 * Does what Lambda's event source for DynamoDB streams does, from now on: reads each shard in order and calls the handler; a batch that
 * failed comes again, from the first record that failed on, and holds its shard up until then.
 *
 * @returns when it knows where each stream ends: what is changed after that is delivered
 */
export async function startStreamSource(options: StreamSourceOptions): Promise<StreamSource> {
  const stopping = new AbortController();
  const readers = options.streamArns.map((arn) => new StreamReader(options, arn, stopping.signal));
  for (const reader of readers) await reader.lookForShards('LATEST');
  const loops = readers.map((reader) => reader.run());
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

type Shard = { iterator: string | undefined };
type From = 'LATEST' | 'TRIM_HORIZON';

class StreamReader {
  readonly #options: StreamSourceOptions;
  readonly #arn: string;
  readonly #stopping: AbortSignal;
  readonly #shards = new Map<string, Shard>();

  constructor(options: StreamSourceOptions, arn: string, stopping: AbortSignal) {
    this.#options = options;
    this.#arn = arn;
    this.#stopping = stopping;
  }

  /** Finds shards that are not known yet; what is older than the source is read from its end. */
  async lookForShards(from: From): Promise<void> {
    const { StreamDescription } = await this.#call<{ StreamDescription: { Shards?: { ShardId: string }[] } }>(
      'DescribeStream',
      { StreamArn: this.#arn },
    );
    for (const { ShardId } of StreamDescription.Shards ?? []) {
      if (this.#shards.has(ShardId)) continue;
      const { ShardIterator } = await this.#call<{ ShardIterator: string }>('GetShardIterator', {
        StreamArn: this.#arn,
        ShardId,
        ShardIteratorType: from,
      });
      this.#shards.set(ShardId, { iterator: ShardIterator });
    }
  }

  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        let records = 0;
        for (const shard of this.#shards.values()) records += await this.#read(shard);
        if (records > 0) continue;
        if ([...this.#shards.values()].every(({ iterator }) => iterator === undefined)) {
          await this.lookForShards('TRIM_HORIZON');
        }
        await this.#pause(POLL_MS);
      } catch (error) {
        this.#log(`the stream ${this.#arn} cannot be read, trying on: ${error}`);
        await this.#pause(RETRY_MS);
      }
    }
  }

  async #read(shard: Shard): Promise<number> {
    if (shard.iterator === undefined) return 0;
    const { Records = [], NextShardIterator } = await this.#call<{
      Records?: DynamoDBRecord[];
      NextShardIterator?: string | null;
    }>('GetRecords', { ShardIterator: shard.iterator });
    if (Records.length > 0) await this.#deliver(Records);
    if (!this.#stopping.aborted) shard.iterator = NextShardIterator ?? undefined;
    return Records.length;
  }

  async #deliver(records: readonly DynamoDBRecord[]): Promise<void> {
    let left = records;
    while (left.length > 0 && !this.#stopping.aborted) {
      const event = { Records: left.map((record) => ({ ...record, eventSourceARN: this.#arn })) };
      let failed = left[0]?.dynamodb?.SequenceNumber;
      try {
        const { batchItemFailures } = await invoke(this.#options.handler, event, FUNCTION);
        if (batchItemFailures.length === 0) return;
        const ids = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        failed = left.find(({ dynamodb }) => ids.has(dynamodb?.SequenceNumber ?? ''))?.dynamodb?.SequenceNumber;
      } catch (error) {
        this.#log(`a batch of ${left.length} changes failed: ${error instanceof Error ? error.stack : error}`);
      }
      left = left.slice(left.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failed));
      await this.#pause(RETRY_MS);
    }
  }

  /** Local servers read from a signature whose it is, and check nothing: the SDK's client for streams would be there for its sake. */
  async #call<T>(action: string, body: object): Promise<T> {
    const { region, credentials } = localSigning();
    const scope = `${credentials.accessKeyId}/20260101/${region}/dynamodb/aws4_request`;
    const answer = await fetch(this.#options.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDBStreams_20120810.${action}`,
        'x-amz-date': '20260101T000000Z',
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  #log(line: string): void {
    (this.#options.log ?? console.error)(line);
  }

  async #pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#stopping }).catch((error: unknown) => {
      if (!this.#stopping.aborted) throw error;
    });
  }
}
