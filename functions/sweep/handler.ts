import middy from '@middy/core';
import type { Context, ScheduledEvent } from 'aws-lambda';
import type { Config } from '../../lib/config.ts';
import { traceHeaderFromEnvironment } from '../../lib/environment.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { createLogger } from '../logger.ts';
import { embeddedMetrics } from '../metrics.ts';
import type { TriggerOptions } from '../trigger-options.ts';

/** What the sweep function needs of the cache. */
export type SweepCache = Pick<WriteBehind, 'sweep'> & { readonly config: Pick<Config, 'name'> };

/** What one sweep did, and what is waiting after it. */
export type SweepReport = Awaited<ReturnType<WriteBehind['sweep']>>;

/** The sweep function as a Lambda handler for a schedule. */
export type SweepHandler = (event: ScheduledEvent, context: Context) => Promise<SweepReport>;

/** Kept of the function's time to publish and return the report. */
const REPORT_MS = 2_000;

/** Makes the handler that flushes what stayed dirty too long, and publishes lag and backlog. */
export function createSweepHandler(cache: SweepCache, options: TriggerOptions = {}): SweepHandler {
  const log = options.logger ?? createLogger({ service: 'sweep' });
  const { tracing } = options;
  const chain = middy<ScheduledEvent, SweepReport>(async (_event: ScheduledEvent, context: Context) => {
    const sweep = () => cache.sweep({ deadlineMs: Math.max(0, context.getRemainingTimeInMillis() - REPORT_MS) });
    const report = await (tracing ? tracing.within(traceHeaderFromEnvironment(), sweep) : sweep());
    const { flushed, failed, databaseCalls, remaining, oldestLagMs, dirtyItems, parkedItems, paused } = report;
    const metrics = { Lag: oldestLagMs, DirtyItems: dirtyItems, ParkedItems: parkedItems };
    log.info('sweep', {
      requestId: context.awsRequestId,
      flushed,
      failed,
      databaseCalls,
      remaining,
      ...(paused && { pausedSince: paused.since }),
      ...embeddedMetrics(cache.config.name, metrics, Date.now()),
    });
    return report;
  });
  return (event, context) => chain(event, context);
}
