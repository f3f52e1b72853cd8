import { InvalidMessageError } from '../errors.ts';

/** Largest message body, and largest sum of the bodies of one batch, bytes of UTF-8. */
export const MAX_BODY_BYTES = 1_048_576;
const NAME = /^[\x21-\x7e]{1,128}$/;
// Everything but #x9, #xA, #xD, #x20–#xD7FF, #xE000–#xFFFD and #x10000–#x10FFFF.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that SQS refuses
const REFUSED_CHARACTER = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/;

/** A message on its way to a FIFO queue. */
export interface OutgoingMessage {
  readonly body: string;
  readonly groupId: string;
  readonly dedupId: string;
  /** String attributes. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Trace header that travels along, as the system attribute `AWSTraceHeader`: it counts neither as an attribute nor as bytes. */
  readonly traceHeader?: string | undefined;
}

/**
 * Refuses what SQS on AWS refuses, so that the leniency of an embedded queue hides nothing. Returns the body's bytes.
 *
 * @throws {InvalidMessageError}
 */
export function checkMessage({ body, groupId, dedupId, attributes = {} }: OutgoingMessage): number {
  if (!NAME.test(groupId)) throw new InvalidMessageError('A message group is 1 to 128 printable ASCII characters.');
  if (!NAME.test(dedupId)) throw new InvalidMessageError('A dedup id is 1 to 128 printable ASCII characters.');
  let bytes = Buffer.byteLength(body);
  for (const text of [body, ...Object.values(attributes)]) {
    if (text === '') throw new InvalidMessageError('A message body or attribute may not be empty.');
    if (REFUSED_CHARACTER.test(text) || !text.isWellFormed()) {
      throw new InvalidMessageError('The message holds a character that SQS does not take.');
    }
  }
  for (const [name, text] of Object.entries(attributes)) bytes += Buffer.byteLength(name + text) + 'String'.length;
  if (bytes > MAX_BODY_BYTES) {
    throw new InvalidMessageError(`The message has ${bytes} bytes, SQS takes ${MAX_BODY_BYTES}.`);
  }
  return bytes;
}
