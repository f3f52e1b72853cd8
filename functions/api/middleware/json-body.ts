import type { APIGatewayProxyEvent } from 'aws-lambda';
import { MalformedJsonError } from '../../../lib/errors.ts';
import { parseJson } from '../../../lib/model/json.ts';
import type { ApiMiddleware } from '../api-event.ts';
import { BodyTooLargeError, UnexpectedBodyError, UnsupportedMediaTypeError } from '../errors.ts';

/** Largest body of any request, bytes. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

const JSON_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses the body, exactly, where the route wants one. */
export function jsonBody(): ApiMiddleware {
  return {
    before: ({ event }) => {
      const route = event.match?.route;
      if (!route) return;
      const text = bodyText(event);
      if (text !== '' && route.refusesBody) throw new UnexpectedBodyError(route.refusesBody);
      if (!route.body) return;
      if (text === '') {
        if (!route.bodyOptional) throw new MalformedJsonError('This request needs a JSON body.');
        event.json = {};
        return;
      }
      if (!JSON_TYPE.test(contentType(event))) throw new UnsupportedMediaTypeError();
      event.json = (route.parse ?? parseJson)(text);
    },
  };
}

function bodyText({ body, isBase64Encoded }: APIGatewayProxyEvent): string {
  if (!body) return '';
  const bytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes > MAX_BODY_BYTES) throw new BodyTooLargeError(bytes, MAX_BODY_BYTES);
  if (!isBase64Encoded) return body;
  try {
    return utf8.decode(Buffer.from(body, 'base64'));
  } catch (cause) {
    throw new MalformedJsonError('The body is not UTF-8.', {}, { cause });
  }
}

function contentType({ headers }: APIGatewayProxyEvent): string {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (name.toLowerCase() === 'content-type') return value ?? '';
  }
  return '';
}
