/** How a figure is known. */
export type Basis =
  /** By AWS's documentation, or a convention. */
  | 'documented'
  /** From this repository; a test compares it with the template or the code. */
  | 'checked'
  /** Measured, and easy to measure again. */
  | 'measured'
  /** Nobody measured it on AWS. */
  | 'assumed';

/** A number that the calculator reckons with. */
export interface Figure {
  readonly value: number;
  readonly what: string;
  readonly basis: Basis;
  /** Where it comes from, in the words that follow the basis. */
  readonly reason: string;
}

const of =
  (basis: Basis) =>
  (value: number, what: string, reason: string): Figure => ({ value, what, basis, reason });

const documented = of('documented');
const checked = of('checked');
const measured = of('measured');
const assumed = of('assumed');

const TEMPLATE = 'against the template of the stage prod';
const LOG_LINE = 'against what the handler writes';
const UNITS = 'by node cli/cost/measure-valkey.ts, the median of five runs, rounded; an upper bound';
const DEMO_PUT = "the demo's single PUTs take 2 ms on a whole CPU; here it is 0.6 of one, and Valkey is in a network";
const DEMO_BATCH = "the demo's batches take 0.5 ms an operation, on a CPU shared with the servers";

/** Everything that is neither a price nor a flag. */
export const figures = {
  hoursPerMonth: documented(730, 'hours in a month', "AWS's convention, a year divided by twelve"),

  alarmMetrics: checked(36, 'metrics of alarms', `${TEMPLATE}; an alarm on an expression pays for each of its metrics`),
  dashboards: checked(1, 'dashboard', TEMPLATE),
  customMetrics: checked(
    3,
    'custom metrics from each sweep',
    `${LOG_LINE}; KnownLost comes only with a loss, PausedFor with a pause`,
  ),
  endpointZones: checked(2, 'zones of the SQS endpoint', TEMPLATE),
  apiMegabytes: checked(1024, 'MB of the api function', TEMPLATE),
  flushMegabytes: checked(512, 'MB of the flush function', TEMPLATE),
  sweepMegabytes: checked(512, 'MB of the sweep function', TEMPLATE),
  switchMegabytes: checked(256, 'MB of the switch function', TEMPLATE),
  durableNodes: checked(2, 'nodes of DurableValkey', 'against the template of its defaults'),
  ownBytes: checked(39, 'bytes that _v and _at add to an item', 'against what the write path reckons'),
  changeBytes: checked(47, 'bytes of a change in the history beside its values', 'against what the history keeps'),
  signalBytes: checked(48, 'bytes of a signal without a value', 'against that of the key flights/115'),
  accessLogBytes: checked(310, 'bytes of an access log line', `${TEMPLATE}, its format filled in`),
  apiLogBytes: checked(280, 'bytes of a log line of the api function', LOG_LINE),
  flushLogBytes: checked(240, 'bytes of a log line of the flush function', LOG_LINE),
  sweepLogBytes: checked(530, 'bytes of a log line of the sweep function', LOG_LINE),

  leastValkeyGb: documented(0.1, 'GB that a serverless Valkey pays for at least', 'ElastiCache, pricing'),
  pollers: documented(5, 'polls of an idle queue at once', 'Lambda, SQS event sources: no fewer with a maxConcurrency'),
  sqsChunkBytes: documented(65_536, 'bytes that count as one request', 'SQS, pricing: each begun 64 KB'),
  sqsBatch: documented(10, 'messages in a send', 'SQS, quotas'),
  writeUnitBytes: documented(1024, 'bytes of a write unit', 'DynamoDB: of the larger one of the old and the new item'),
  readUnitBytes: documented(4096, 'bytes of a read unit', 'DynamoDB: consistent reads'),
  traceShare: documented(0.05, 'of the requests are traced', "X-Ray's default; the first of each second comes on top"),

  writeUnits: measured(45, 'processing units of a write', UNITS),
  claimUnits: measured(30, 'processing units of a claim', UNITS),
  skipUnits: measured(15, 'processing units of a claim of what is stored already', UNITS),
  settleUnits: measured(20, 'processing units of a settle', UNITS),
  loggedUnits: measured(10, 'processing units more of an audited write', UNITS),
  recordUnits: measured(25, 'processing units of a log that is recorded: handed out, and dropped', UNITS),
  entryFactor: measured(2.1, 'bytes in Valkey for a byte of an item', 'by the same, with 1 KB in 10 attributes'),
  coreUnits: measured(
    1_000_000,
    'processing units a second of a core',
    'by the same, rounded down: a SET takes 0.6 to 0.9 µs',
  ),

  pollSeconds: assumed(20, 's that an empty poll lasts', 'the longest that SQS allows'),
  sweepUnits: assumed(7, 'processing units of a sweep for each shard', 'its five commands, HGETALL counted as 3'),
  cacheFirstMs: assumed(6, 'ms of a request at cache level', DEMO_PUT),
  queueFirstMs: assumed(16, 'ms of a request at queue level', 'the same, and a send of 10 ms'),
  databaseFirstMs: assumed(14, 'ms of a request at database level', 'the same, and claim, put and settle of 8 ms'),
  directFirstMs: assumed(9, 'ms of a request without a cache', 'the same without Valkey, and a put of 5 ms'),
  cacheFurtherMs: assumed(0.9, 'ms of a further operation at cache level', DEMO_BATCH),
  queueFurtherMs: assumed(1.1, 'ms of a further operation at queue level', 'the same, and its part of a send'),
  databaseFurtherMs: assumed(2, 'ms of a further operation at database level', 'the same, and a put beside the others'),
  directFurtherMs: assumed(1.2, 'ms of a further operation without a cache', 'a put beside the others'),
  flushFirstMs: assumed(15, 'ms of a flush of one message', 'claim, put and settle on 0.3 of a CPU'),
  flushFurtherMs: assumed(1.5, 'ms of a further message', 'the three steps are rounds for all messages'),
  recordMs: assumed(8, 'ms that the history adds to a flush', 'two looks at the log of Valkey, and a put'),
  switchMs: assumed(50, 'ms in which the switch finds that nothing is paused', 'one call to SQS'),
  sweepMs: assumed(50, 'ms of a sweep that finds nothing', '4 ms on a whole CPU beside its Valkey'),
  deliverySeconds: assumed(
    1,
    's from the end of a window to the store',
    "the demo's slowest percent needs 0.8 s; polls of the event source come on top",
  ),
  connectionsEach: assumed(2, 'connections to Valkey of an instance', "the client's, and one that follows the slots"),
  unevenness: assumed(
    2.4,
    'standard deviations that the fullest shard is above the others',
    'the greatest of 64 chances, on average',
  ),
  platformLogBytes: assumed(
    430,
    "bytes of Lambda's log lines of an invocation",
    'START, END, REPORT, 26 for each event',
  ),
  sendBytes: assumed(2500, 'bytes of a send without its messages', 'headers, session token, signature, answer'),
  envelopeBytes: assumed(250, 'bytes of a message without its body', 'group, deduplication id, names in JSON'),
  refusedShare: assumed(
    0.01,
    'of the stores are refused by their condition',
    'races of flush and sweep; paid all the same',
  ),
} as const satisfies Record<string, Figure>;

/** How to replace what is measured here or assumed by what AWS says. */
export const MEASURE_AGAIN = [
  "ms: in CloudWatch Logs Insights, over the function's log group: stats avg(@duration).",
  'Processing units: the metric ElastiCacheProcessingUnits by the number of writes.',
  'Bytes of logs: the metric IncomingBytes of the log group by the number of requests.',
  'Bytes of sends: the metric BytesProcessed of the endpoint by the number of sends.',
  'Empty polls: the metric NumberOfEmptyReceives of the queue.',
  'Refused stores: stale by itemsStored in GET /stats; coalescing: coalescingRatio in it.',
  'Messages of a flush: the metrics NumberOfMessagesReceived of the queue by Invocations of the flush function.',
] as const;

/** Name of a figure. */
export type FigureName = keyof typeof figures;

/** Value of a figure. */
export const figureOf = (name: FigureName): number => figures[name].value;
