import type middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Match } from './router.ts';

/** The event, and what the middlewares find out about it on its way to the handler. */
export interface ApiEvent extends APIGatewayProxyEvent {
  /** When the request arrived, by `performance.now()`. */
  startedAt?: number;
  /** The route, once the path is known to be good. */
  match?: Match;
  /** The parsed body; `undefined` where there is none. */
  json?: unknown;
}

/** A middleware of the API. */
export type ApiMiddleware = middy.MiddlewareObj<ApiEvent, APIGatewayProxyResult>;
/** What a middleware gets. */
export type ApiRequest = middy.Request<ApiEvent, APIGatewayProxyResult>;
