import { WriteBehindError } from '../../lib/errors.ts';

/** A path segment is not valid percent-encoding of UTF-8. */
export class BadPathError extends WriteBehindError {
  override readonly code = 'bad-path';

  constructor(segment: string, options?: ErrorOptions) {
    super('A segment of the path is not valid percent-encoded UTF-8.', { segment }, options);
  }
}

/** A request header has a form or a place that the contract does not know. */
export class BadHeaderError extends WriteBehindError {
  override readonly code = 'bad-header';

  constructor(header: string, message: string) {
    super(`${header}: ${message}`, { header });
  }
}

/** A body was sent where the contract has none. */
export class UnexpectedBodyError extends WriteBehindError {
  override readonly code = 'unexpected-body';
}

/** No route has this path. */
export class NoSuchRouteError extends WriteBehindError {
  override readonly code = 'no-such-route';

  constructor() {
    super('There is nothing at this path; /openapi.json lists all paths.');
  }
}

/** The item does not exist, or was deleted. */
export class NoSuchItemError extends WriteBehindError {
  override readonly code = 'no-such-item';

  constructor(key: string) {
    super('There is no item with this key.', { key });
  }
}

/** No dead letter has this id, or it was not among those that could be looked at. */
export class NoSuchDeadLetterError extends WriteBehindError {
  override readonly code = 'no-such-dead-letter';

  constructor(id: string) {
    super('There is no dead letter with this id, or not among those that could be looked at.', { id });
  }
}

/** The path exists, but not with this method. `facts.allow` lists those it has. */
export class MethodNotAllowedError extends WriteBehindError {
  override readonly code = 'method-not-allowed';
  readonly allow: string;

  constructor(method: string, allow: readonly string[]) {
    super(`This path does not answer ${method}.`, { allow });
    this.allow = allow.join(', ');
  }
}

/** The body is not declared to be JSON. */
export class UnsupportedMediaTypeError extends WriteBehindError {
  override readonly code = 'unsupported-media-type';

  constructor() {
    super('The Content-Type must be application/json or another type that ends in +json.');
  }
}

/** The body as a whole is larger than any request may be. */
export class BodyTooLargeError extends WriteBehindError {
  override readonly code = 'body-too-large';

  constructor(bytes: number, maxBytes: number) {
    super(`The body has ${bytes} bytes, allowed are ${maxBytes}.`, { bytes, maxBytes });
  }
}

/** The function's time ran out while the request was being worked on: a write may or may not have taken place. */
export class OutOfTimeError extends WriteBehindError {
  override readonly code = 'out-of-time';

  constructor() {
    super('The request took too long.', { inCache: 'unknown', retryAfterSeconds: 1 });
  }
}
