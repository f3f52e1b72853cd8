import * as answers from './answers.ts';
import { NoSuchDeadLetterError } from './errors.ts';
import { pageOf } from './query.ts';
import { type Route, route } from './route.ts';
import { discardBody, redriveBody } from './schemas.ts';
import { workTimeMs } from './work-time.ts';

const QUEUE_PROBLEMS = ['queue-unavailable', 'queue-throttled'];

const listDeadLetters = route({
  method: 'GET',
  path: '/dead-letters',
  operationId: 'listDeadLetters',
  summary: 'What was given up, the oldest failure first.',
  query: ['limit', 'cursor'],
  answer: answers.deadLetterPage,
  success: { 200: 'A page of dead letters.' },
  problems: ['invalid-input', ...QUEUE_PROBLEMS],
  handle: async (call) => ({
    status: 200,
    body: await call.cache.deadLetters.list({ ...pageOf(call.query), deadlineMs: workTimeMs(call) }),
  }),
});

const redriveDeadLetters = route({
  method: 'POST',
  path: '/dead-letters/redrive',
  operationId: 'redriveDeadLetters',
  summary: 'Send dead letters to the queue again, for at most 20 s. Harmless to repeat.',
  body: redriveBody,
  answer: answers.deadLetterOutcome,
  success: { 200: 'What was sent, and what was not.' },
  problems: QUEUE_PROBLEMS,
  handle: async (call) => ({
    status: 200,
    body: await call.cache.deadLetters.redrive(call.body, { deadlineMs: workTimeMs(call) }),
  }),
});

const discardDeadLetters = route({
  method: 'POST',
  path: '/dead-letters/discard',
  operationId: 'discardDeadLetters',
  summary: 'Give dead letters up, and with them the writes that were refused, for at most 20 s. Harmless to repeat.',
  body: discardBody,
  answer: answers.deadLetterOutcome,
  success: { 200: 'What was given up, and what was not.' },
  problems: QUEUE_PROBLEMS,
  handle: async (call) => {
    const { actor, comment, ...which } = call.body;
    const reason = { actor, comment, ...(call.caller !== undefined && { caller: call.caller }) };
    return { status: 200, body: await call.cache.deadLetters.discard(which, reason, { deadlineMs: workTimeMs(call) }) };
  },
});

const getDeadLetter = route({
  method: 'GET',
  path: '/dead-letters/{deadLetterId}',
  operationId: 'getDeadLetter',
  summary: 'Show one dead letter, its item as it is now, and what a redrive would lead to.',
  answer: answers.deadLetterDetail,
  success: { 200: 'The dead letter.' },
  problems: ['no-such-dead-letter', 'cache-unavailable', 'store-unavailable', ...QUEUE_PROBLEMS],
  handle: async (call) => {
    const id = call.params.deadLetterId ?? '';
    const detail = await call.cache.deadLetters.show(id, { deadlineMs: workTimeMs(call) });
    if (!detail) throw new NoSuchDeadLetterError(id);
    return { status: 200, body: detail };
  },
});

/** What operators do with dead letters. Named paths stand before the one that takes any id. */
export const deadLetterRoutes: readonly Route[] = [
  listDeadLetters,
  redriveDeadLetters,
  discardDeadLetters,
  getDeadLetter,
];
