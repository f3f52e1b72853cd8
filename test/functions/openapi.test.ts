import { beforeEach, describe, expect, test } from 'vitest';
import { routes } from '../../functions/api/routes.ts';
import { apiClient } from './call-api.ts';
import { FakeCache } from './fake-cache.ts';

let call: ReturnType<typeof apiClient>;

beforeEach(() => {
  call = apiClient(new FakeCache());
});

describe('the OpenAPI document', () => {
  interface Operation {
    operationId: string;
    parameters: { name: string; in: string; schema: object }[];
    requestBody?: object;
    responses: Record<string, { description: string; content: object }>;
  }
  const load = async () => (await call('GET', '/openapi.json')).json;

  test('has every route of the table and nothing else', async () => {
    const document = await load();
    expect(document.openapi).toMatch(/^3\.1\./);
    const listed = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test('describes parameters, bodies, answers and problems of each', async () => {
    const document = await load();
    const ids = new Set<string>();
    for (const route of routes) {
      const operation: Operation = document.paths[route.path][route.method.toLowerCase()];
      ids.add(operation.operationId);
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
      for (const response of Object.values(operation.responses)) {
        expect(response.description).not.toBe('');
        expect(Object.keys(response.content)).toHaveLength(1);
      }
      expect(operation.responses).toHaveProperty('500');
    }
    expect(ids.size).toBe(routes.length);
    const put: Operation = document.paths['/items/{collection}/{id}'].put;
    expect(Object.keys(put.responses)).toEqual([
      '200',
      '202',
      '400',
      '404',
      '412',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(put.parameters.map(({ name }) => name)).toEqual([
      'collection',
      'id',
      'Write-Durability',
      'If-Match',
      'If-None-Match',
      'Idempotency-Key',
    ]);
  });

  test('refers only to schemas that it has, and says that values are objects', async () => {
    const document = await load();
    const { schemas } = document.components;
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
    for (const [, reference = ''] of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(schemas).toHaveProperty([reference.split('/').at(-1) ?? '']);
    }
    expect(JSON.stringify(document)).not.toMatch(/"\$id"|"\$schema"|\$defs/);
    expect(schemas.Value).toMatchObject({
      type: 'object',
      additionalProperties: { $ref: '#/components/schemas/Json' },
    });
    expect(schemas.Put.additionalProperties).toBe(false);
    expect(schemas.Batch.properties.operations).toMatchObject({ minItems: 1, maxItems: 100 });
  });
});
