import type { ApiMiddleware } from '../api-event.ts';
import type { Router } from '../router.ts';

/** Finds the route by the raw path. */
export function routing(router: Router): ApiMiddleware {
  return {
    before: ({ event }) => {
      event.match = router(event.httpMethod, event.path);
    },
  };
}
