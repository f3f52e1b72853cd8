import { InvalidMessageError, ItemRefusedError, WriteBehindError } from '../lib/errors.ts';
import { originalFrames } from './original-frames.ts';

/** What is logged of an error. */
export interface ErrorDescription {
  readonly name: string;
  /** Left out where it may quote an item or a message. */
  readonly message?: string;
  readonly code?: string;
  /** Where it was thrown; without the message, with which a stack begins. */
  readonly stack: string;
  readonly cause?: ErrorDescription;
}

/**
 * An error for the log. Only named fields: those of the AWS SDK hold items in others, those of the Valkey client the arguments of the
 * command. And no message that quotes what could not be parsed, or what DynamoDB refused.
 */
export function describeError(error: unknown): ErrorDescription {
  return describe(error, false);
}

function describe(error: unknown, inQuotation: boolean): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, message: 'not an Error', stack: '' };
  const { name, message, stack = '', cause } = error;
  const quotes = inQuotation || quotesInput(error);
  return {
    name,
    ...(!quotes && { message }),
    ...(error instanceof WriteBehindError && { code: error.code }),
    stack: originalFrames(stack.split('\n').filter(isFrame).join('\n')),
    ...(cause !== undefined && { cause: describe(cause, quotes) }),
  };
}

/** Errors that repeat what another said of an item or a message have that as their cause; without one they speak for themselves. */
function quotesInput(error: Error): boolean {
  if (error instanceof ItemRefusedError || error instanceof InvalidMessageError) return error.cause !== undefined;
  // Of JSON: V8 shows the place in the text.
  return error instanceof SyntaxError;
}

function isFrame(line: string): boolean {
  return /^ {4}at .*(:\d+:\d+\)?|<anonymous>\)?|\(native\))$/.test(line);
}
