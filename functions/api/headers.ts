import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Condition, WriteOptions } from '../../lib/model/operation.ts';
import { type Durability, durability } from '../../lib/settings.ts';
import { BadHeaderError } from './errors.ts';
import { type HeaderName, headerParameters } from './parameters.ts';

/** Request headers by lower-case name. */
export type RequestHeaders = ReadonlyMap<string, string>;

/** API Gateway hands header names on as the client wrote them. */
export function requestHeaders(event: Pick<APIGatewayProxyEvent, 'headers'>): RequestHeaders {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    if (value !== undefined) headers.set(name.toLowerCase(), value);
  }
  return headers;
}

/** The level asked for by `Write-Durability`. */
export function writeDurability(headers: RequestHeaders): Durability | undefined {
  const value = headers.get('write-durability');
  if (value === undefined) return undefined;
  const level = durability.safeParse(value);
  if (!level.success) throw new BadHeaderError('Write-Durability', `must be one of ${durability.options.join(', ')}.`);
  return level.data;
}

const ENTITY_TAG = /^"(\d{1,16})"$/;

function condition(headers: RequestHeaders): Condition | undefined {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  if (match !== undefined && noneMatch !== undefined) {
    throw new BadHeaderError('If-Match', 'cannot stand beside If-None-Match.');
  }
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw new BadHeaderError('If-None-Match', 'must be *.');
    return 'none';
  }
  if (match === undefined || match === '*') return match;
  const version = Number(ENTITY_TAG.exec(match)?.[1]);
  if (!Number.isSafeInteger(version)) {
    throw new BadHeaderError('If-Match', 'must be * or one version in double quotes, as an ETag gives it.');
  }
  return version;
}

function idempotencyKey(headers: RequestHeaders): string | undefined {
  const key = headers.get('idempotency-key');
  if (key !== undefined && (key.length < 1 || key.length > 256)) {
    throw new BadHeaderError('Idempotency-Key', 'must have 1 to 256 characters.');
  }
  return key;
}

/** Write options that stand in the headers; absent ones are left out. */
export function writeOptions(headers: RequestHeaders): Pick<WriteOptions, 'durability' | 'ifMatch' | 'idempotencyKey'> {
  const level = writeDurability(headers);
  const ifMatch = condition(headers);
  const key = idempotencyKey(headers);
  return {
    ...(level !== undefined && { durability: level }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(key !== undefined && { idempotencyKey: key }),
  };
}

/**
 * Refuses headers that change what a write means where they cannot be kept: ignoring them would break a promise.
 *
 * @throws {BadHeaderError} naming the first one that is there
 */
export function refuseHeaders(headers: RequestHeaders, names: readonly HeaderName[], why: string): void {
  for (const name of names) {
    if (headers.has(name)) throw new BadHeaderError(headerParameters[name].name, why);
  }
}
