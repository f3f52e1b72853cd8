import * as answers from './answers.ts';
import { keyOf, READ_PROBLEMS } from './item-paths.ts';
import { type Route, route } from './route.ts';
import { flushBody } from './schemas.ts';
import { workTimeMs } from './work-time.ts';

const getConsistency = route({
  method: 'GET',
  path: '/items/{collection}/{id}/consistency',
  operationId: 'getConsistency',
  summary: 'Show cache and database side by side.',
  answer: answers.consistency,
  success: { 200: 'Both sides; `null` where there is nothing.' },
  problems: READ_PROBLEMS,
  handle: async (call) => ({ status: 200, body: await call.cache.consistency(keyOf(call)) }),
});

const getStats = route({
  method: 'GET',
  path: '/stats',
  operationId: 'getStats',
  summary: 'Counters, percentiles and what is waiting, over all instances.',
  answer: answers.stats,
  success: { 200: 'The numbers.' },
  problems: ['cache-unavailable', 'queue-unavailable'],
  handle: async (call) => ({ status: 200, body: await call.cache.stats() }),
});

const getHealth = route({
  method: 'GET',
  path: '/health',
  operationId: 'getHealth',
  summary: 'Whether writes can be accepted, and what is not as it should be.',
  answer: answers.health,
  success: { 200: '`ok` or `degraded`: writes are accepted.', 503: '`down`: writes cannot be accepted.' },
  handle: async (call) => {
    const health = await call.cache.health();
    return { status: health.status === 'down' ? 503 : 200, body: health };
  },
});

const flush = route({
  method: 'POST',
  path: '/flush',
  operationId: 'flush',
  summary: 'Bring dirty items into the database now, all or some, oldest first, for at most 20 s.',
  body: flushBody,
  bodyOptional: true,
  answer: answers.drainReport,
  success: { 200: 'What was flushed and what remains.' },
  problems: ['invalid-input', 'unknown-collection', 'flush-paused', 'cache-unavailable', 'store-unavailable'],
  handle: async (call) => ({
    status: 200,
    body: await call.cache.flush({ ...call.body, deadlineMs: workTimeMs(call) }),
  }),
});

/** What operators ask for and do, dead letters and pauses apart. */
export const operatorRoutes: readonly Route[] = [getConsistency, flush, getStats, getHealth];
