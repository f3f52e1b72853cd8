import { setTimeout as wait } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { configFromEnvironment, eventSourceMappingFromEnvironment } from '../../lib/environment.ts';
import { Flushing } from '../../lib/flush/flushing.ts';
import { FlushingRecord } from '../../lib/flush/flushing-record.ts';
import { logAwsCalls } from '../aws-calls.ts';
import { flushingLog } from '../flushing-log.ts';
import { createLogger } from '../logger.ts';
import { EventSourceMapping } from './event-source-mapping.ts';
import { createSwitchHandler } from './handler.ts';

// It has no connection to Valkey: where that is, nobody reaches Lambda.
const config = configFromEnvironment();
const logger = createLogger({ service: 'switch', cache: config.name });
const clients = { sqs: new SQSClient({}), lambda: new LambdaClient({}) };
logAwsCalls(clients, logger);
const flushing = new Flushing({
  record: new FlushingRecord(clients.sqs, config.endpoints.queueUrl),
  flushSwitch: new EventSourceMapping(clients.lambda, eventSourceMappingFromEnvironment()),
  flushRatePerSecond: config.flushRatePerSecond,
  report: flushingLog(logger),
  nowMs: Date.now,
  wait,
});

/** Lambda entry. */
export const handler = createSwitchHandler({ config, flushing }, { logger });
