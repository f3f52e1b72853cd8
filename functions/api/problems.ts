import { WriteBehindError } from '../../lib/errors.ts';

/** Prefix of every problem's `type`; the rest is the error's stable code. */
export const PROBLEM_TYPE_PREFIX = 'urn:write-behind:problem:';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

const INTERNAL: ProblemKind = { status: 500, title: 'Internal error' };

/** The one place where error codes become statuses; a code that is not listed is the server's fault (500). */
export const problemKinds: Readonly<Record<string, ProblemKind>> = {
  'malformed-json': { status: 400, title: 'Malformed JSON' },
  'bad-path': { status: 400, title: 'Malformed path' },
  'bad-header': { status: 400, title: 'Header not understood' },
  'unexpected-body': { status: 400, title: 'A body where none is allowed' },
  'no-such-route': { status: 404, title: 'No such path' },
  'no-such-item': { status: 404, title: 'No such item' },
  'no-such-dead-letter': { status: 404, title: 'No such dead letter' },
  'unknown-collection': { status: 404, title: 'No such collection' },
  'not-audited': { status: 404, title: 'No history is kept' },
  'not-listable': { status: 404, title: 'Items are not listed' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  bound: { status: 409, title: 'A bound would be broken' },
  'flush-paused': { status: 409, title: 'Flushing is paused' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'item-too-large': { status: 413, title: 'Item too large' },
  'body-too-large': { status: 413, title: 'Body too large' },
  'unsupported-media-type': { status: 415, title: 'Not JSON' },
  'invalid-input': { status: 422, title: 'Invalid input' },
  'idempotency-conflict': { status: 422, title: 'Idempotency key used for another request' },
  'item-refused': { status: 422, title: 'The database refuses the item' },
  'no-room': { status: 429, title: 'No room for more that waits to be stored' },
  'hot-key': { status: 429, title: 'Too many writes to one key' },
  'queue-throttled': { status: 503, title: 'The queue throttles' },
  internal: INTERNAL,
  'no-flush-switch': { status: 501, title: 'Flushing is not switched here' },
  'level-not-met': { status: 503, title: 'Durability level not met' },
  'cache-unavailable': { status: 503, title: 'Cache unavailable' },
  'cache-outcome-unknown': { status: 503, title: 'Outcome unknown' },
  'entry-format': { status: 503, title: 'The item is in the format of another version' },
  'store-unavailable': { status: 503, title: 'Database unavailable' },
  'queue-unavailable': { status: 503, title: 'Queue unavailable' },
  'flush-switch-unavailable': { status: 503, title: 'Flushing cannot be switched now' },
  'out-of-time': { status: 503, title: 'Out of time' },
};

/** A problem as RFC 9457 has it; the facts of the error stand beside the standard members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [fact: string]: unknown;
}

/** Names in a caller's input may be megabytes long, and a batch may hold a hundred of them: the answer must stay small. */
const LONGEST_ECHO = 500;

function clip(text: string): string {
  return text.length <= LONGEST_ECHO ? text : `${text.slice(0, LONGEST_ECHO)}…`;
}

/**
 * The problem that tells a caller about an error. Errors that are not write-behind's own reveal nothing about themselves.
 *
 * @example
 * problemOf(new BoundError('seats', 3)); // { type: 'urn:write-behind:problem:bound', status: 409, attribute: 'seats', … }
 */
export function problemOf(error: unknown): Problem {
  const known = error instanceof WriteBehindError && Object.hasOwn(problemKinds, error.code) ? error : undefined;
  if (!known) {
    return { type: `${PROBLEM_TYPE_PREFIX}internal`, ...INTERNAL, detail: 'Something went wrong on our side.' };
  }
  const { status, title } = problemKinds[known.code] ?? INTERNAL;
  const facts: Record<string, unknown> = {};
  for (const [name, fact] of Object.entries(known.facts)) facts[name] = typeof fact === 'string' ? clip(fact) : fact;
  return { ...facts, type: PROBLEM_TYPE_PREFIX + known.code, title, status, detail: detailOf(known) };
}

/** Names the part of the input at fault, where there is one. */
function detailOf({ message, facts: { path } }: WriteBehindError): string {
  return clip(typeof path === 'string' && path !== '' ? `${path}: ${message}` : message);
}

/** Seconds for the `Retry-After` header: the error's own, else 1 where trying again can help at all. */
export function retryAfterSeconds(problem: Problem): number | undefined {
  const own = problem.retryAfterSeconds;
  if (typeof own === 'number') return Math.max(1, Math.ceil(own));
  return problem.status === 503 || problem.status === 429 ? 1 : undefined;
}
