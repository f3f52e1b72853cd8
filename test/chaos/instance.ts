/**
 * One instance of a function, as a process that can be killed, stopped and continued: the real handler, on the trigger that it has
 * locally. `instance.ts CONFIG`: the configuration, as JSON. Over IPC it says `{ url }` when it is ready, and takes `{ clockOffsetMs }`.
 */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { seededRandom } from '../../bench/load/random.ts';
import { createApiHandler } from '../../functions/api/handler.ts';
import { createFlushHandler } from '../../functions/flush/handler.ts';
import { logReport } from '../../functions/log-report.ts';
import { createLogger } from '../../functions/logger.ts';
import { createSweepHandler } from '../../functions/sweep/handler.ts';
import { defineConfig, type Endpoints } from '../../lib/config.ts';
import { systemClock } from '../../lib/model/clock.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { localSqsClient } from '../../local/clients.ts';
import { startEventSource } from '../../local/event-source.ts';
import { startHttpServer } from '../../local/http-server.ts';
import type { Handler } from '../../local/invocation.ts';
import { startSchedule } from '../../local/schedule.ts';

/** What an instance is told when it starts. */
export interface InstanceConfig {
  readonly role: 'api' | 'flush' | 'sweep';
  readonly settings: SettingsInput;
  readonly endpoints: Endpoints;
  readonly queue: { readonly url: string; readonly arn: string };
  readonly clockOffsetMs: number;
  readonly seed: number;
  /** Share of the batches that are delivered once more, late and in another order. */
  readonly redeliveries: number;
}

const instance: InstanceConfig = JSON.parse(process.argv[2]!);
const random = seededRandom(instance.seed);
let offsetMs = instance.clockOffsetMs;
process.on('message', (message: { clockOffsetMs: number }) => {
  offsetMs = message.clockOffsetMs;
});
process.on('disconnect', () => process.exit());

const config = defineConfig(instance.settings, instance.endpoints);
const logger = createLogger({ service: instance.role, level: 'ERROR' });
const silent = createLogger({ service: instance.role, level: 'SILENT' });
const log = () => undefined;
const clock = systemClock();
const cache = await WriteBehind.connect(config, {
  clock: () => clock() + offsetMs * 1000,
  signals: 'awaited',
  report: logReport(logger, config.name),
});

/** SQS delivers at least once: what was delivered comes again, when it is done, after what came later, in any order. */
function deliveredAgain(handler: Handler<SQSEvent, SQSBatchResponse>): Handler<SQSEvent, SQSBatchResponse> {
  const earlier: SQSEvent[] = [];
  return async (event, context) => {
    const answer = await handler(event, context);
    if (random() < instance.redeliveries) earlier.push(event);
    if (earlier.length > 3) {
      const [again] = earlier.splice(Math.floor(random() * earlier.length), 1);
      await handler({ Records: again!.Records.toReversed() }, context);
      process.send?.({ redelivered: again!.Records.length });
    }
    // What is done and reported as failed comes again after its visibility timeout.
    const failed = random() < instance.redeliveries ? event.Records : [];
    return {
      batchItemFailures: [...answer.batchItemFailures, ...failed.map((r) => ({ itemIdentifier: r.messageId }))],
    };
  };
}

let url = '';
if (instance.role === 'api') {
  ({ url } = await startHttpServer({ handler: createApiHandler(cache, { logger: silent }), log }));
} else if (instance.role === 'flush') {
  startEventSource({
    client: localSqsClient(instance.endpoints.sqsEndpoint!, { maxAttempts: 1 }),
    queue: instance.queue,
    handler: deliveredAgain(createFlushHandler(cache, { logger: silent })) as Handler<SQSEvent, SQSBatchResponse>,
    concurrency: 4,
    log,
  });
} else {
  startSchedule({
    handler: createSweepHandler(cache, { logger: silent }),
    everySeconds: config.sweepEverySeconds,
    log,
  });
}
process.send?.({ url });
