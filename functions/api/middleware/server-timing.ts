import type { ApiMiddleware, ApiRequest } from '../api-event.ts';

/** Says in `Server-Timing` how long every answer took within the function, ms. */
export function serverTiming(): ApiMiddleware {
  const after = ({ event, response }: ApiRequest): void => {
    if (!response) return;
    const ms = performance.now() - (event.startedAt ?? performance.now());
    response.headers = { ...response.headers, 'Server-Timing': `total;dur=${ms.toFixed(1)}` };
  };
  return {
    before: ({ event }) => {
      event.startedAt = performance.now();
    },
    after,
    onError: after,
  };
}
