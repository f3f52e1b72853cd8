import type { z } from 'zod';
import type { DeadLetterOffice } from '../../lib/dead-letters/office.ts';
import type { Flushing } from '../../lib/flush/flushing.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import type { RequestHeaders } from './headers.ts';
import { checkInput } from './input.ts';
import type { HeaderName, QueryName } from './parameters.ts';
import type { RequestQuery } from './query.ts';

/** What the API needs of the cache. */
export type ApiCache = Pick<
  WriteBehind,
  'config' | 'batch' | 'execute' | 'get' | 'append' | 'flush' | 'consistency' | 'history' | 'list' | 'stats' | 'health'
> & {
  readonly deadLetters: Pick<DeadLetterOffice, 'list' | 'show' | 'redrive' | 'discard'>;
  readonly flushing: Pick<Flushing, 'pause' | 'resume'>;
};

/** A request after its path, headers and body were taken apart. */
export interface Call<Body = unknown> {
  readonly cache: ApiCache;
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: RequestHeaders;
  /** Decoded query parameters. */
  readonly query: RequestQuery;
  /** ARN of whoever signed the request; `undefined` where nobody had to. */
  readonly caller: string | undefined;
  /** The body; in a route's handler it has passed the route's schema. */
  readonly body: Body;
  /** Time left for the answer, ms. */
  readonly remainingMs: number;
}

/** What a route answers with. */
export interface Reply<Answer = unknown> {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Becomes the body as JSON; without it and without `text` there is no body. */
  readonly body?: Answer;
  /** The body already written as JSON. */
  readonly text?: string;
}

interface RouteShape {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST';
  /** Template such as `/items/{collection}/{id}`; a parameter is one whole segment. */
  readonly path: string;
  /** Name of the operation in the OpenAPI document. */
  readonly operationId: string;
  readonly summary: string;
  /** Request headers that the route reads. */
  readonly headers?: readonly HeaderName[];
  /** Query parameters that the route reads. */
  readonly query?: readonly QueryName[];
  /** Statuses of success, and what each means. */
  readonly success: Readonly<Record<number, string>>;
  /** Headers of a successful answer, as the OpenAPI document describes them. */
  readonly answerHeaders?: Readonly<Record<string, object>>;
  /** Codes of the problems that this route can answer, beyond those that every route can. */
  readonly problems?: readonly string[];
  /** Why the route refuses a body; without it a body that is not wanted is ignored. */
  readonly refusesBody?: string;
  /** Whether the body may be left out; the schema then sees `{}`. @default false */
  readonly bodyOptional?: boolean;
  /** Reads the text of the body. @default parseJson */
  readonly parse?: (text: string) => unknown;
}

/** One row of the route table, as its author writes it. */
export interface RouteDefinition<Body, Answer> extends RouteShape {
  readonly body?: z.ZodType<Body>;
  readonly answer: z.ZodType<Answer>;
  readonly handle: (call: Call<Body>) => Promise<Reply<Answer>>;
}

/** One row of the route table, as the router and the OpenAPI document use it. */
export interface Route extends RouteShape {
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Checks the parsed body and answers. */
  readonly respond: (call: Call) => Promise<Reply>;
}

/** Ties a definition's schemas and handler together; only what passes the body's schema reaches the handler. */
export function route<Body, Answer>({ handle, ...shape }: RouteDefinition<Body, Answer>): Route {
  const { body: schema } = shape;
  return {
    ...shape,
    respond: (call) => handle({ ...call, body: schema ? checkInput(schema, call.body) : (undefined as Body) }),
  };
}
