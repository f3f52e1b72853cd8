/** The deployed functions: how they are configured, and what they log. */
import { paginateFilterLogEvents, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import { type FunctionConfiguration, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { cloudWatchLogs, lambda, physicalId } from './aws.ts';

/** Folder of a function's code. */
export type Folder = 'api' | 'flush' | 'sweep' | 'stream' | 'switch';
/** Every function. */
export const FOLDERS: readonly Folder[] = ['api', 'flush', 'sweep', 'stream', 'switch'];

const LOGICAL_IDS = {
  api: 'CacheApiFunction',
  flush: 'CacheFlushFunction',
  sweep: 'CacheSweepFunction',
  stream: 'CacheStreamFunction',
  switch: 'CacheSwitchFunction',
} as const;

/** A function as it is deployed. */
export async function configurationOf(folder: Folder): Promise<FunctionConfiguration> {
  const FunctionName = await physicalId('AWS::Lambda::Function', LOGICAL_IDS[folder]);
  return lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
}

/** Settings that the functions were deployed with. */
export async function deployedSettings(): Promise<{ readonly windowSeconds: number }> {
  const { Environment } = await configurationOf('api');
  return JSON.parse(Environment?.Variables?.WRITE_BEHIND_SETTINGS ?? '{}');
}

/** A line of the log. */
export interface LogLine {
  readonly event: string;
  readonly requestId?: string;
  // biome-ignore lint/suspicious/noExplicitAny: every event has members of its own
  readonly [member: string]: any;
}

/** The events of one name that a function logged since then, ms since the epoch. */
export async function logged(folder: Folder, event: string, sinceMs: number): Promise<LogLine[]> {
  return (await linesOf(folder, sinceMs)).filter((line) => line.event === event);
}

/** All that a function logged since then, ms since the epoch. */
export async function linesOf(folder: Folder, sinceMs: number): Promise<LogLine[]> {
  const { FunctionName } = await configurationOf(folder);
  // LocalStack writes to Lambda's default group, whatever group the function names.
  const pages = paginateFilterLogEvents(
    { client: cloudWatchLogs },
    { logGroupName: `/aws/lambda/${FunctionName}`, startTime: sinceMs },
  );
  const lines: LogLine[] = [];
  try {
    for await (const { events = [] } of pages) {
      for (const { message: text = '' } of events) if (text.startsWith('{')) lines.push(JSON.parse(text));
    }
  } catch (error) {
    // The group is made when the function runs for the first time.
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  return lines;
}
