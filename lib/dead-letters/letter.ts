import { InvalidMessageError } from '../errors.ts';
import { decodeSignal, type Signal } from '../queue/signal.ts';
import type { ReceivedMessage } from '../queue/sqs-receiver.ts';
import type { DeadLetter } from './types.ts';

const NO_REASON = 'No reason is recorded: SQS moved it after too many receives, or another program sent it.';
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A dead letter while it is held. */
export interface Letter {
  readonly summary: DeadLetter;
  readonly receiptHandle: string;
  readonly text: string;
  /** What it says, or why it is no signal. */
  readonly signal: Signal | InvalidMessageError;
}

/** Reads a message of the dead-letter queue: one that the flush sent, or one that SQS moved there. */
export function letterOf({ id, receiptHandle, body, receiveCount, sentAtMs, attributes }: ReceivedMessage): Letter {
  const signal = signalOf(body);
  const receives = Number(attributes.receiveCount ?? Number.NaN);
  const summary = {
    id,
    ...(!(signal instanceof InvalidMessageError) && { key: signal.key }),
    reason: attributes.reason ?? NO_REASON,
    receiveCount: Number.isSafeInteger(receives) && receives >= 0 ? receives : receiveCount,
    failedAt: new Date(timeOf(attributes.failedAt) ?? sentAtMs).toISOString(),
  };
  return { summary, receiptHandle, text: body, signal };
}

/** Of a time as the flush writes it; another program may write anything. */
function timeOf(text = ''): number | undefined {
  const ms = Date.parse(text);
  return ISO_TIME.test(text) && !Number.isNaN(ms) ? ms : undefined;
}

function signalOf(body: string): Signal | InvalidMessageError {
  try {
    return decodeSignal(body);
  } catch (error) {
    if (error instanceof InvalidMessageError) return error;
    throw error;
  }
}
