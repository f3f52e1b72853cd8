/** The three functions as they are deployed, logging all they can, on clients that a test may let fail. */
import type { Context, ScheduledEvent, SQSBatchResponse } from 'aws-lambda';
import { deadLetterLog } from '../../functions/api/dead-letter-log.ts';
import { createApiHandler } from '../../functions/api/handler.ts';
import { logAwsCalls } from '../../functions/aws-calls.ts';
import { createFlushHandler } from '../../functions/flush/handler.ts';
import { flushingLog } from '../../functions/flushing-log.ts';
import { logReport } from '../../functions/log-report.ts';
import { createLogger } from '../../functions/logger.ts';
import { createSweepHandler } from '../../functions/sweep/handler.ts';
import { XRay } from '../../functions/x-ray/x-ray.ts';
import { defineConfig, type Endpoints } from '../../lib/config.ts';
import type { FlushSwitch } from '../../lib/flush/flush-switch.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { toSqsEvent } from '../../local/sqs-event.ts';
import { apiEvent, context, type TestRequest } from '../functions/call-api.ts';
import type { ReceivedMessage, System } from '../support/system.ts';
import { type Watch, watchedClients } from '../support/watched-clients.ts';

/** What a test changes about the functions. */
export interface FunctionsOptions extends Watch {
  readonly settings?: SettingsInput;
  readonly endpoints?: Partial<Endpoints>;
  /** @default none */
  readonly flushSwitch?: FlushSwitch;
}

/** The functions, called as their triggers call them. */
export interface Functions {
  /** Sends a request to the API; returns its status and its body as text. */
  send(
    method: string,
    path: string,
    request?: TestRequest,
    remainingMs?: number,
  ): Promise<{ status: number; text: string }>;
  flush(messages: readonly ReceivedMessage[]): Promise<SQSBatchResponse>;
  sweep(): Promise<unknown>;
  /** What X-Ray would get, as text: every request and message is traced. */
  readonly traces: readonly string[];
}

/** Comes with every request, as if a caller had it recorded. */
const TRACED = { 'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678;Sampled=1' };

/** Connects them to the servers of a system. */
export async function connectFunctions(
  system: System,
  { settings = {}, endpoints = {}, flushSwitch, ...watch }: FunctionsOptions = {},
): Promise<Functions> {
  const logger = createLogger({ service: 'test', cache: 'test', level: 'DEBUG' });
  const { endpoints: own, ...common } = system.config;
  const config = defineConfig({ ...common, ...settings }, { ...own, ...endpoints });
  const clients = watchedClients(config, watch);
  logAwsCalls(clients, logger);
  const traces: string[] = [];
  const daemon = {
    send: async (segments: readonly { document(): unknown }[]) =>
      void traces.push(...segments.map((segment) => JSON.stringify(segment.document()))),
  };
  const tracing = new XRay({ name: 'test', endpoints: config.endpoints, daemon, hasSegment: false });
  const reports = {
    report: logReport(logger, 'test'),
    deadLetterReport: deadLetterLog(logger),
    flushingReport: flushingLog(logger),
  };
  const more = { ...reports, tracing, ...(flushSwitch && { flushSwitch }) };
  const cache = await system.another({ clients, ...more }, settings, endpoints);
  const api = createApiHandler(cache, { logger, tracing });
  const flush = createFlushHandler(cache, { logger, tracing });
  const sweep = createSweepHandler(cache, { logger, tracing });
  return {
    traces,
    async send(method, path, request = {}, remainingMs) {
      const headers = { ...TRACED, ...request.headers };
      const { statusCode, body } = await api(apiEvent(method, path, { ...request, headers }), context(remainingMs));
      return { status: statusCode, text: body };
    },
    flush: (messages) => {
      const raw = messages.map((message) => message.raw);
      return flush(toSqsEvent(raw, 'arn:aws:sqs:us-east-1:000000000000:queue'), context() as Context);
    },
    sweep: () => sweep({} as ScheduledEvent, context() as Context),
  };
}

/** What no answer to a caller may hold: code, files, libraries, servers. */
export const INTERNALS =
  /node_modules|\.(ts|js|lua|mjs)\b|^\s+at |evalsha?\b|user_script|WRONGTYPE|ReplyError|ioredis|smithy|aws-sdk|zod|127\.0\.0\.1|localhost|ECONN|host\.internal|(Syntax|Type|Range)Error|\/(work|tmp|home|var|root)\/|stack/im;
