import { describe, expect, test } from 'vitest';
import { cacheWith, only, resourcesOf } from './synthesized.ts';

const built = cacheWith({ apiRateLimit: 123, apiBurstLimit: 45 }).template();

describe('errors of API Gateway itself', () => {
  const responses = Object.values(resourcesOf(built, 'AWS::ApiGateway::GatewayResponse')).map(
    ({ Properties }) => Properties,
  );

  test('are all covered: those with a meaning of their own, and the two defaults', () => {
    expect(responses.map(({ ResponseType }) => ResponseType).sort()).toEqual([
      'ACCESS_DENIED',
      'DEFAULT_4XX',
      'DEFAULT_5XX',
      'EXPIRED_TOKEN',
      'INTEGRATION_FAILURE',
      'INTEGRATION_TIMEOUT',
      'INVALID_SIGNATURE',
      'MISSING_AUTHENTICATION_TOKEN',
      'REQUEST_TOO_LARGE',
      'THROTTLED',
      'UNAUTHORIZED',
    ]);
  });

  test.each(responses)(
    'are problem+json: $ResponseType',
    ({ ResponseType, ResponseTemplates, ResponseParameters, StatusCode }) => {
      expect(ResponseParameters['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'");
      // API Gateway puts a JSON string, quotes included, for this variable.
      const body = JSON.parse(
        ResponseTemplates['application/json'].replace('$context.error.messageString', '"It \\"failed\\"."'),
      );
      expect(body).toMatchObject({
        type: expect.stringMatching(/^urn:write-behind:problem:[a-z-]+$/),
        title: expect.any(String),
        detail: 'It "failed".',
      });
      if (ResponseType.startsWith('DEFAULT')) expect(StatusCode).toBeUndefined();
      else expect(String(body.status)).toBe(StatusCode);
    },
  );

  test('say when to try again where that helps', () => {
    const retryable = responses.filter(
      ({ ResponseParameters }) => ResponseParameters['gatewayresponse.header.Retry-After'],
    );
    expect(retryable.map(({ ResponseType }) => ResponseType).sort()).toEqual(['INTEGRATION_TIMEOUT', 'THROTTLED']);
  });
});

test('the stage is throttled, traced and logged, and the log names no item', () => {
  const { Properties } = only(built, 'AWS::ApiGateway::Stage');
  expect(Properties.TracingEnabled).toBe(true);
  expect(Properties.MethodSettings).toEqual([
    expect.objectContaining({
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: 123,
      ThrottlingBurstLimit: 45,
    }),
  ]);
  const format = JSON.parse(Properties.AccessLogSetting.Format);
  expect(format).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
  expect(JSON.stringify(format)).not.toMatch(/\$context\.(path|resourcePath)/);
});

test('browsers may ask without signing whether they may call, where origins are given', () => {
  const options = (corsOrigins: string[]) =>
    Object.values(resourcesOf(cacheWith({ corsOrigins }).template(), 'AWS::ApiGateway::Method')).filter(
      ({ Properties }) => Properties.HttpMethod === 'OPTIONS',
    );
  expect(options([])).toEqual([]);
  const asked = options(['https://shop.example.com']);
  expect(asked.length).toBeGreaterThan(5);
  for (const { Properties } of asked) expect(Properties.AuthorizationType).toBe('NONE');
});

test('the function has time for a full flush, and API Gateway waits for it', () => {
  const api = Object.values(resourcesOf(built, 'AWS::Lambda::Function')).find(({ Properties }) =>
    Properties.Description.startsWith('Accepts writes'),
  );
  expect(api?.Properties.Timeout).toBe(29);
});
