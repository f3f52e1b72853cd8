import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { LOCAL_REGION } from './clients.ts';

/** A Lambda handler as the local triggers call it. */
export type Handler<Event, Result> = (event: Event, context: Context) => Promise<Result>;

/** The function that a local trigger stands for. */
export interface LocalFunction {
  /** Name that the handler sees. */
  readonly functionName: string;
  /** How long one invocation may take, s; it fails after that, though what it started is not stopped. */
  readonly timeoutSeconds: number;
}

/** An invocation took longer than its function may. */
export class InvocationTimeoutError extends Error {
  override readonly name = 'InvocationTimeoutError';

  constructor({ functionName, timeoutSeconds }: LocalFunction) {
    super(`${functionName} timed out after ${timeoutSeconds} s`);
  }
}

/**
 * Calls a handler as Lambda does, with a context of its own.
 *
 * @throws {InvocationTimeoutError}
 * @throws what the handler throws
 */
export async function invoke<Event, Result>(
  handler: Handler<Event, Result>,
  event: Event,
  fn: LocalFunction,
  awsRequestId: string = randomUUID(),
): Promise<Result> {
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new InvocationTimeoutError(fn)), fn.timeoutSeconds * 1000);
  try {
    return await Promise.race([handler(event, createContext(fn, awsRequestId)), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

/** The context of one invocation that starts now. */
export function createContext({ functionName, timeoutSeconds }: LocalFunction, awsRequestId: string): Context {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const useReturnValue = (): never => {
    throw new Error('Local handlers answer by their return value.');
  };
  return {
    awsRequestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${LOCAL_REGION}:000000000000:function:${functionName}`,
    memoryLimitInMB: '1024',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: useReturnValue,
    fail: useReturnValue,
    succeed: useReturnValue,
  };
}
