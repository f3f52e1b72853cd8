import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import { checkInput } from './input.ts';
import { queryParameters } from './parameters.ts';

/** Decoded query parameters by name; of one that stands twice, the last. */
export type RequestQuery = ReadonlyMap<string, string>;

/** The query parameters that API Gateway found. */
export function requestQuery({
  queryStringParameters,
}: Pick<APIGatewayProxyEvent, 'queryStringParameters'>): RequestQuery {
  const query = new Map<string, string>();
  for (const [name, value] of Object.entries(queryStringParameters ?? {})) query.set(name, value ?? '');
  return query;
}

const page = z.object({ limit: queryParameters.limit.schema, cursor: queryParameters.cursor.schema.exactOptional() });

/**
 * Which page of a list is asked for.
 *
 * @throws {InvalidInputError} with path `limit` or `cursor`
 */
export function pageOf(query: RequestQuery): { readonly limit: number; readonly cursor?: string } {
  const limit = query.get('limit');
  return checkInput(page, {
    // Digits only: a number may be written in ways that no caller means.
    ...(limit !== undefined && { limit: /^\d{1,9}$/.test(limit) ? Number(limit) : limit }),
    ...(query.has('cursor') && { cursor: query.get('cursor') }),
  });
}
