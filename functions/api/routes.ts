import * as answers from './answers.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';
import { flushingRoutes } from './flushing-routes.ts';
import { itemRoutes } from './item-routes.ts';
import { openApi } from './openapi.ts';
import { operatorRoutes } from './operator-routes.ts';
import { type Route, route } from './route.ts';

const getOpenApi = route({
  method: 'GET',
  path: '/openapi.json',
  operationId: 'getOpenApi',
  summary: 'This document.',
  answer: answers.openApiDocument,
  success: { 200: 'The OpenAPI document of this API.' },
  handle: async () => ({ status: 200, body: document() }),
});

/** The whole HTTP surface. */
export const routes: readonly Route[] = [
  ...itemRoutes,
  ...operatorRoutes,
  ...flushingRoutes,
  ...deadLetterRoutes,
  getOpenApi,
];

let made: ReturnType<typeof openApi> | undefined;

// Made at the first request: most instances never serve it, and it costs a cold start some milliseconds.
function document(): ReturnType<typeof openApi> {
  made ??= openApi(routes);
  return made;
}
