import * as answers from './answers.ts';
import { type Route, route } from './route.ts';
import { pauseBody, resumeBody } from './schemas.ts';

const PROBLEMS = [
  'invalid-input',
  'no-flush-switch',
  'flush-switch-unavailable',
  'queue-unavailable',
  'queue-throttled',
];

const pause = route({
  method: 'POST',
  path: '/pause',
  operationId: 'pause',
  summary: 'Hold signals in the queue, for a maintenance window: writes go on, nothing is flushed. Harmless to repeat.',
  body: pauseBody,
  bodyOptional: true,
  answer: answers.pauseReport,
  success: { 200: 'Flushing is paused; where it was before, since then and by whoever did that.' },
  problems: PROBLEMS,
  handle: async (call) => {
    const { actor = call.caller, ...why } = call.body;
    return { status: 200, body: await call.cache.flushing.pause({ ...(actor && { actor }), ...why }) };
  },
});

const resume = route({
  method: 'POST',
  path: '/resume',
  operationId: 'resume',
  summary: 'Let signals through again, and what waited as fast as is asked for. Harmless to repeat.',
  body: resumeBody,
  bodyOptional: true,
  answer: answers.flushing,
  success: { 200: 'Flushing goes on.' },
  problems: PROBLEMS,
  handle: async (call) => ({ status: 200, body: await call.cache.flushing.resume(call.body) }),
});

/** Pauses. The switch function answers them where it is deployed: it alone may hold signals. */
export const flushingRoutes: readonly Route[] = [pause, resume];
