import { GetGatewayResponsesCommand } from '@aws-sdk/client-api-gateway';
import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from 'vitest';
import { STACK_NAME } from '../../infra/commands/localstack.ts';
import { apiGateway, cloudFormation, physicalId } from './aws.ts';

const restApiId = await physicalId('AWS::ApiGateway::RestApi');

describe('errors of the gateway itself are problem+json', async () => {
  const { items = [] } = await apiGateway.send(new GetGatewayResponsesCommand({ restApiId }));
  const ours = items.filter(({ defaultResponse }) => !defaultResponse);

  test('those that a caller can run into, and all others', () => {
    expect(ours.map(({ responseType }) => responseType)).toEqual(
      expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX', 'ACCESS_DENIED', 'THROTTLED', 'REQUEST_TOO_LARGE']),
    );
  });

  test.each(ours)('$responseType', ({ statusCode, responseParameters, responseTemplates = {}, responseType }) => {
    expect(responseParameters?.['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'");
    // Whatever the caller accepts: the gateway takes the template of its default type where it has no other.
    expect(Object.keys(responseTemplates)).toEqual(['application/json']);
    const problem = JSON.parse(rendered(responseTemplates['application/json']!));
    expect(problem).toMatchObject({
      type: expect.stringMatching(/^urn:write-behind:problem:[a-z-]+$/),
      title: expect.stringMatching(/./),
      detail: 'what "went" wrong',
    });
    if (!responseType?.startsWith('DEFAULT')) expect(problem.status).toBe(Number(statusCode));
  });

  /** The template with the gateway's variables filled in; `messageString` comes in quotes. */
  function rendered(template: string): string {
    const text = template.replaceAll('$context.error.messageString', JSON.stringify('what "went" wrong'));
    expect(text).not.toContain('$context');
    return text;
  }
});

test('the access log says who did what and how it ended, but not to which item', async () => {
  // LocalStack drops the setting of the stage; the template that was deployed has it.
  const { TemplateBody = '' } = await cloudFormation.send(new GetTemplateCommand({ StackName: STACK_NAME }));
  const resources: { Type: string; Properties: Record<string, { Format: string }> }[] = Object.values(
    JSON.parse(TemplateBody).Resources,
  );
  const stage = resources.find(({ Type }) => Type === 'AWS::ApiGateway::Stage');
  const format = stage?.Properties.AccessLogSetting?.Format ?? '';
  expect(JSON.parse(format)).toMatchObject({ method: '$context.httpMethod', status: '$context.status' });
  expect(format).not.toMatch(/path|resourceId/i);
});
