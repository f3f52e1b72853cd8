import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { only, resourcesOf, stackOf } from './synthesized.ts';

const dev = Template.fromStack(stackOf('dev'));
const prod = Template.fromStack(stackOf('prod'));
const localstack = Template.fromStack(stackOf('localstack'));

/** What may be gone for good with the stack. */
const deleted = (template: Template) =>
  Object.values(template.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: string }>)
    .filter(({ DeletionPolicy }) => !DeletionPolicy?.startsWith('Retain'))
    .map(({ Type }) => Type);

describe('prod', () => {
  test('keeps whatever holds acknowledged writes', () => {
    for (const type of ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup']) {
      expect(deleted(prod)).not.toContain(type);
    }
    for (const { UpdateReplacePolicy } of Object.values(resourcesOf(prod, 'AWS::SQS::Queue'))) {
      expect(UpdateReplacePolicy).toBe('Retain');
    }
    expect(only(prod, 'AWS::ElastiCache::ServerlessCache').Properties.FinalSnapshotName).toMatch(/-final$/);
  });

  test('is protected from deletion, stack and table', () => {
    expect(stackOf('prod').terminationProtection).toBe(true);
    expect(only(prod, 'AWS::DynamoDB::Table').Properties.DeletionProtectionEnabled).toBe(true);
  });

  test('asks for credentials or networks nowhere: nothing in it depends on account or region', () => {
    expect(stackOf('prod').environment).toBe('aws://unknown-account/unknown-region');
  });
});

test.each([['dev', dev] as const, ['localstack', localstack] as const])(
  '%s leaves nothing behind',
  (name, template) => {
    const kept = Object.values(template.toJSON().Resources as Record<string, { DeletionPolicy?: string }>).filter(
      ({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete',
    );
    expect(kept).toEqual([]);
    expect(stackOf(name).terminationProtection).toBeFalsy();
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::DynamoDB::Table'))) {
      expect(Properties.DeletionProtectionEnabled).toBe(false);
    }
  },
);

test.each([['dev', dev] as const, ['prod', prod] as const])(
  '%s needs signed calls on every route',
  (_name, template) => {
    const methods = Object.values(resourcesOf(template, 'AWS::ApiGateway::Method'));
    expect(methods.length).toBeGreaterThan(5);
    for (const { Properties } of methods) expect(Properties.AuthorizationType).toBe('AWS_IAM');
  },
);

test('localstack answers anyone, and says so loudly', () => {
  const stack = stackOf('localstack');
  const warnings = stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:warning');
  expect(JSON.stringify(warnings)).toContain('Anyone who knows the URL can read and change every item');
  for (const { Properties } of Object.values(resourcesOf(localstack, 'AWS::ApiGateway::Method'))) {
    expect(Properties.AuthorizationType).toBe('NONE');
  }
});

test('localstack has nothing that its free edition lacks', () => {
  const types = new Set(
    Object.values(localstack.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type),
  );
  expect([...types].filter((type) => /ElastiCache|EC2|ApiGatewayV2/.test(type))).toEqual([]);
});

test.each([['dev', dev] as const, ['prod', prod] as const, ['localstack', localstack] as const])(
  '%s has the outputs that people and programs look for, and is tagged',
  (name, template) => {
    expect(Object.keys(template.toJSON().Outputs).sort()).toEqual([
      'AlarmTopicArn',
      'ApiUrl',
      'DashboardUrl',
      'DeadLetterQueueUrl',
      ...(name === 'localstack' ? ['HistoryTableName'] : []),
      'QueueUrl',
      'TableName',
    ]);
    expect(Object.values(resourcesOf(template, 'AWS::DynamoDB::Table'))[0]?.Properties.Tags).toEqual([
      { Key: 'application', Value: 'write-behind' },
      { Key: 'stage', Value: name },
    ]);
  },
);

test('an e-mail address is subscribed only where one is given', () => {
  expect(only(prod, 'AWS::SNS::Subscription')).toMatchObject({
    Condition: 'HasAlarmEmail',
    Properties: { Protocol: 'email', Endpoint: { Ref: 'AlarmEmail' } },
  });
  expect(prod.toJSON().Parameters.AlarmEmail.Default).toBe('');
});
