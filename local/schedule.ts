import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventBridgeEvent } from 'aws-lambda';
import { LOCAL_REGION } from './clients.ts';
import { type Handler, invoke, type LocalFunction } from './invocation.ts';

/** What EventBridge sends to a scheduled function. */
export type ScheduledEvent = EventBridgeEvent<'Scheduled Event', Record<string, never>>;

/** Options of {@link startSchedule}. */
export interface ScheduleOptions extends Partial<LocalFunction> {
  readonly handler: Handler<ScheduledEvent, unknown>;
  /** Time from one start to the next, s; the first is that long after the call. */
  readonly everySeconds: number;
  /** Takes a line about each failure. @default console.error */
  readonly log?: (line: string) => void;
}

/** A running schedule. */
export interface Schedule {
  /** Starts no more runs, and waits for the one under way. */
  stop(): Promise<void>;
}

/** Calls a handler every so many seconds as EventBridge does, but never while it still runs; a failed run is logged. */
export function startSchedule(options: ScheduleOptions): Schedule {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: ScheduleOptions, stopping: AbortSignal): Promise<void> {
  const { handler, everySeconds, log = console.error } = options;
  const fn = {
    functionName: options.functionName ?? 'write-behind-sweep',
    timeoutSeconds: options.timeoutSeconds ?? 60,
  };
  for (let next = Date.now() + everySeconds * 1000; ; next = Math.max(next + everySeconds * 1000, Date.now())) {
    // The clock may have moved on since `next` was reckoned.
    await wait(Math.max(0, next - Date.now()), undefined, { signal: stopping }).catch((error: unknown) => {
      if (!stopping.aborted) throw error;
    });
    if (stopping.aborted) return;
    try {
      await invoke(handler, scheduledEvent(), fn);
    } catch (error) {
      log(`${fn.functionName} failed: ${error instanceof Error ? error.stack : error}`);
    }
  }
}

function scheduledEvent(): ScheduledEvent {
  return {
    id: randomUUID(),
    version: '0',
    account: '000000000000',
    time: new Date().toISOString(),
    region: LOCAL_REGION,
    resources: [`arn:aws:events:${LOCAL_REGION}:000000000000:rule/write-behind-sweep`],
    source: 'aws.events',
    'detail-type': 'Scheduled Event',
    detail: {},
  };
}
