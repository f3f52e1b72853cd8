import * as z from 'zod';
import * as answers from './answers.ts';
import { headerParameters, pathParameters, queryParameters } from './parameters.ts';
import { problemKinds } from './problems.ts';
import type { Route } from './route.ts';
import {
  batchBody,
  discardBody,
  flushBody,
  increment,
  json,
  operation,
  operations,
  patchBody,
  pauseBody,
  putBody,
  redriveBody,
  resumeBody,
  storableNumber,
  value,
} from './schemas.ts';

type Json = Record<string, unknown>;

const COMPONENTS = {
  Value: value,
  Json: json,
  Number: storableNumber,
  Increment: increment,
  Put: putBody,
  Patch: patchBody,
  Batch: batchBody,
  Flush: flushBody,
  Pause: pauseBody,
  Resume: resumeBody,
  Redrive: redriveBody,
  Discard: discardBody,
  PutOperation: operations.put,
  PatchOperation: operations.patch,
  DeleteOperation: operations.delete,
  GetOperation: operations.get,
  Operation: operation,
  Problem: answers.problem,
  Acknowledgement: answers.acknowledgement,
  Item: answers.item,
  ItemPage: answers.itemPage,
  BatchResults: answers.batchResults,
  Consistency: answers.consistency,
  Stats: answers.stats,
  Flushing: answers.flushing,
  PauseReport: answers.pauseReport,
  Health: answers.health,
  DrainReport: answers.drainReport,
  HistoryPage: answers.historyPage,
  DeadLetterPage: answers.deadLetterPage,
  DeadLetter: answers.deadLetterDetail,
  DeadLetterOutcome: answers.deadLetterOutcome,
  OpenApiDocument: answers.openApiDocument,
} satisfies Record<string, z.ZodType>;

const refTo = (name: string) => `#/components/schemas/${name}`;

/** Problems that any route can answer. */
const COMMON_PROBLEMS = ['bad-path', 'internal', 'out-of-time'];

const RESPONSE_HEADERS: Json = {
  'Server-Timing': { description: 'Time within the function, ms.', schema: { type: 'string' } },
};

/**
 * The OpenAPI 3.1 document of a route table, made from the schemas that check the requests.
 *
 * @throws {Error} when a route uses a schema that has no name here
 */
export function openApi(routes: readonly Route[]): Json & { openapi: string } {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationObject(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'write-behind',
      version: '1',
      description:
        'A write-behind cache. Writes are answered at cache speed; the database gets the last value of each item once per window. ' +
        'Errors are problem+json (RFC 9457); their `type` is `urn:write-behind:problem:` and a stable code.',
    },
    paths,
    components: { schemas: componentSchemas() },
  };
}

function componentSchemas(): Record<string, Json> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: refTo, io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _uri, ...schema }]) => [id, schema]),
  );
}

function reference(schema: z.ZodType): Json {
  const entry = Object.entries(COMPONENTS).find(([, component]) => (component as z.ZodType) === schema);
  if (!entry) throw new Error('A schema of the route table is not among the components of the OpenAPI document.');
  return { $ref: refTo(entry[0]) };
}

function inlineSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function operationObject(route: Route): Json {
  return {
    operationId: route.operationId,
    summary: route.summary,
    parameters: parameters(route),
    ...(route.body && {
      requestBody: {
        required: !route.bodyOptional,
        content: { 'application/json': { schema: reference(route.body) } },
      },
    }),
    responses: { ...problemResponses(route), ...successResponses(route) },
  };
}

function parameters(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const parameter = pathParameters[name];
    if (!parameter) throw new Error(`The path parameter ${name} is not described.`);
    const { description, schema } = parameter;
    return { name, in: 'path', required: true, description, schema: inlineSchema(schema) };
  });
  const inHeaders = (route.headers ?? []).map((header) => {
    const { name, description, schema } = headerParameters[header];
    return { name, in: 'header', required: false, description, schema: inlineSchema(schema) };
  });
  const inQuery = (route.query ?? []).map((name) => {
    const { description, schema } = queryParameters[name];
    return { name, in: 'query', required: false, description, schema: inlineSchema(schema) };
  });
  return [...inPath, ...inQuery, ...inHeaders];
}

function successResponses(route: Route): Json {
  const responses: Json = {};
  for (const [status, description] of Object.entries(route.success)) {
    responses[status] = {
      description,
      headers: { ...RESPONSE_HEADERS, ...route.answerHeaders },
      content: { 'application/json': { schema: reference(route.answer) } },
    };
  }
  return responses;
}

function problemResponses(route: Route): Json {
  const codes = [...COMMON_PROBLEMS, ...(route.problems ?? [])];
  if (route.headers) codes.push('bad-header');
  if (route.refusesBody) codes.push('unexpected-body');
  if (route.body) codes.push('malformed-json', 'unsupported-media-type', 'body-too-large', 'invalid-input');
  const byStatus = new Map<number, Set<string>>();
  for (const code of codes) {
    const status = problemKinds[code]?.status;
    if (!status) throw new Error(`The problem ${code} is not known.`);
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  const responses: Json = {};
  for (const [status, ofStatus] of byStatus) {
    const retry = status === 429 || status === 503;
    responses[status] = {
      description: [...ofStatus].map((code) => `${problemKinds[code]?.title} (\`${code}\`)`).join('; '),
      headers: {
        ...RESPONSE_HEADERS,
        ...(retry && { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } }),
      },
      content: { 'application/problem+json': { schema: { $ref: refTo('Problem') } } },
    };
  }
  return responses;
}
