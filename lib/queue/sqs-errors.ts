import { QueueThrottledError, QueueUnavailableError } from '../errors.ts';

/** What a request to SQS that failed means to a caller; SQS's own error is the cause. */
export function queueErrorOf(cause: unknown): QueueThrottledError | QueueUnavailableError {
  const { name = '', code = name } = cause as { name?: string; code?: string };
  return queueErrorByCode(code, cause);
}

/** The same for one entry of a batch, which SQS answers with a code. */
export function queueErrorByCode(code: string, cause: unknown): QueueThrottledError | QueueUnavailableError {
  if (/thrott/i.test(code)) return new QueueThrottledError('SQS throttles.', {}, { cause });
  return new QueueUnavailableError(`SQS cannot be used now (${code}).`, {}, { cause });
}
