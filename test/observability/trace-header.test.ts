import { describe, expect, test } from 'vitest';
import { tracingFromEnvironment } from '../../lib/environment.ts';
import { ConfigurationError } from '../../lib/errors.ts';
import { readTraceHeader, traceHeader } from '../../lib/tracing/trace-header.ts';

const traceId = '1-67891233-abcdef012345678912345678';

describe('a trace header', () => {
  test.each([
    [`Root=${traceId};Parent=c0ffeec0ffeec0ff;Sampled=1`, { traceId, parentId: 'c0ffeec0ffeec0ff', sampled: true }],
    [
      `Root=${traceId};Parent=c0ffeec0ffeec0ff;Sampled=0;Lineage=1:a:0`,
      { traceId, parentId: 'c0ffeec0ffeec0ff', sampled: false },
    ],
    [`Self=1-00000000-000000000000000000000000;Root=${traceId}`, { traceId, sampled: false }],
    [`Sampled=1; Root=${traceId.toUpperCase()}`, { traceId, sampled: true }],
  ])('%s is read', (text, context) => expect(readTraceHeader(text)).toEqual(context));

  test.each([
    undefined,
    '',
    'Root=',
    'Root=1-2-3;Sampled=1',
    `Root=${traceId}0;Sampled=1`,
    'traceparent: 00-…',
    `Root=${traceId};${'x'.repeat(1000)}`,
  ])('%s is none', (text) => expect(readTraceHeader(text)).toBeUndefined());

  test('is written as it is read', () => {
    for (const context of [
      { traceId, parentId: 'c0ffeec0ffeec0ff', sampled: true },
      { traceId, sampled: false },
    ]) {
      expect(readTraceHeader(traceHeader(context))).toEqual(context);
    }
  });
});

describe('the environment says how to trace', () => {
  test.each([{}, { WRITE_BEHIND_TRACING: 'off', AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000' }])(
    '%j: not at all',
    (environment) => expect(tracingFromEnvironment(environment)).toBeUndefined(),
  );

  test('x-ray on Lambda, with the daemon beside the function', () => {
    const environment = { AWS_XRAY_DAEMON_ADDRESS: '169.254.100.1:2000', AWS_LAMBDA_FUNCTION_NAME: 'api' };
    expect(tracingFromEnvironment({ ...environment, WRITE_BEHIND_TRACING: 'x-ray' })).toEqual({
      daemon: '169.254.100.1:2000',
      onLambda: true,
    });
  });

  test('anything else is refused', () => {
    const trace = () => tracingFromEnvironment({ WRITE_BEHIND_TRACING: 'jaeger' });
    expect(trace).toThrow(ConfigurationError);
    expect(trace).toThrow('WRITE_BEHIND_TRACING: got "jaeger", allowed is x-ray or off');
  });
});
