import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { describe, expect, test } from 'vitest';
import { DurableValkey } from '../../infra/constructs/valkey/durable-valkey.ts';
import { ValkeyEndpoint } from '../../infra/constructs/valkey/valkey-endpoint.ts';
import { VALKEY_ACCESS_STRING } from '../../infra/constructs/valkey-commands.ts';
import { WriteBehindCache } from '../../infra/constructs/write-behind-cache.ts';
import { cacheWith, only, type Resource, resourcesOf, testApp } from './synthesized.ts';

const serverless = cacheWith().template();
const durable = cacheWith({ valkey: new DurableValkey({ primaries: 2, replicasPerPrimary: 2 }) }).template();
const endpoint = cacheWith({ valkey: new ValkeyEndpoint({ url: 'rediss://valkey.example.com:6380' }) }).template();
const inOwnVpc = [
  ['serverless', serverless, 'AWS::ElastiCache::ServerlessCache'],
  ['durable', durable, 'AWS::ElastiCache::ReplicationGroup'],
] as const;

const functionsOf = (template: Template): Resource[] =>
  Object.values(resourcesOf(template, 'AWS::Lambda::Function')).filter(({ Properties }) => Properties.Environment);
/** Those that reach Valkey; the switch reaches Lambda, from outside of any network. */
const functionsWithin = (template: Template): Resource[] =>
  functionsOf(template).filter(({ Properties }) => !Properties.Environment.Variables.EVENT_SOURCE_MAPPING_ID);
const urlOf = (template: Template): string =>
  JSON.stringify(functionsOf(template)[0]?.Properties.Environment.Variables.VALKEY_URL);

describe.each(inOwnVpc)('%s Valkey', (_name, template, type) => {
  test('is reached with TLS and a token of IAM, never with a password', () => {
    const userName: string = only(template, 'AWS::ElastiCache::User').Properties.UserName;
    expect(urlOf(template)).toContain(`rediss://${userName}@`);
    expect(urlOf(template)).toContain(`?cluster=true&iam=${userName}`);
  });

  test('has one user, who may do what the functions do and nothing else', () => {
    const { Properties: user } = only(template, 'AWS::ElastiCache::User');
    expect(user).toMatchObject({
      Engine: 'valkey',
      AuthenticationMode: { Type: 'iam' },
      AccessString: VALKEY_ACCESS_STRING,
      UserId: user.UserName,
    });
    expect(user.UserId).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
    expect(user.AccessString).toMatch(/^on ~\{wb:\*\}:\* resetchannels -@all /);
    expect(only(template, 'AWS::ElastiCache::UserGroup').Properties.UserIds).toHaveLength(1);
  });

  test('lies in two isolated zones: no public subnet, no way to the internet', () => {
    expect(Object.keys(resourcesOf(template, 'AWS::EC2::Subnet'))).toHaveLength(2);
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::EC2::Subnet'))) {
      expect(Properties.MapPublicIpOnLaunch).toBe(false);
    }
    for (const way of ['InternetGateway', 'NatGateway', 'Route', 'EgressOnlyInternetGateway']) {
      expect(resourcesOf(template, `AWS::EC2::${way}`)).toEqual({});
    }
    expect(functionsWithin(template)).toHaveLength(3);
    for (const { Properties } of functionsWithin(template)) expect(Properties.VpcConfig.SubnetIds).toHaveLength(2);
  });

  test('takes connections from the functions only', () => {
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup');
    for (const { Properties } of Object.values(groups)) expect(Properties.SecurityGroupIngress).toBeUndefined();
    const functions = functionsOf(template)[0]?.Properties.VpcConfig.SecurityGroupIds[0];
    const ingress = Object.values(resourcesOf(template, 'AWS::EC2::SecurityGroupIngress'));
    expect(ingress.map(({ Properties }) => Properties.FromPort).sort()).toEqual([443, 6379]);
    for (const { Properties } of ingress) expect(Properties.SourceSecurityGroupId).toEqual(functions);
  });

  test('has its endpoints let through only what the functions call', () => {
    const policies = Object.values(resourcesOf(template, 'AWS::EC2::VPCEndpoint')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    expect(policies.map(({ Action }) => Action)).toEqual([
      ['dynamodb:GetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate', 'dynamodb:PutItem'],
      ['sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
      'sqs:ListQueueTags',
      ['sqs:DeleteMessage', 'sqs:ReceiveMessage'],
    ]);
    expect(JSON.stringify(policies.map(({ Resource }) => Resource))).not.toContain('*');
    const [deadLetterQueue] = Object.entries(resourcesOf(template, 'AWS::SQS::Queue')).find(
      ([, { Properties }]) => Properties.RedriveAllowPolicy,
    )!;
    expect(policies.at(-1).Resource).toEqual({ 'Fn::GetAtt': [deadLetterQueue, 'Arn'] });
  });

  test('grants each function the login to this cache as this user', () => {
    const resources = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.filter(
        ({ Action }: { Action: unknown }) => Action === 'elasticache:Connect',
      ).map(({ Resource }: { Resource: unknown }) => Resource),
    );
    expect(resources).toHaveLength(3);
    for (const resource of resources) {
      expect(resource).toHaveLength(2);
      expect(JSON.stringify(resource)).toContain(Object.keys(resourcesOf(template, 'AWS::ElastiCache::User'))[0]);
      expect(JSON.stringify(resource)).toContain(Object.keys(resourcesOf(template, type))[0]);
    }
  });
});

test('serverless Valkey has limits on cost, and names of the form that ElastiCache takes', () => {
  const { Properties } = only(serverless, 'AWS::ElastiCache::ServerlessCache');
  expect(Properties.CacheUsageLimits).toEqual({
    DataStorage: { Maximum: 10, Unit: 'GB' },
    ECPUPerSecond: { Maximum: 100_000 },
  });
  expect(Properties.ServerlessCacheName).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
  expect(urlOf(serverless)).toContain('&serverless=true');
});

test('durable Valkey answers a write when a log in two zones has it', () => {
  expect(only(durable, 'AWS::ElastiCache::ReplicationGroup').Properties).toMatchObject({
    Engine: 'valkey',
    EngineVersion: '9.0',
    Durability: 'sync',
    ClusterMode: 'enabled',
    MultiAZEnabled: true,
    AutomaticFailoverEnabled: true,
    TransitEncryptionEnabled: true,
    TransitEncryptionMode: 'required',
    AtRestEncryptionEnabled: true,
    NumNodeGroups: 2,
    ReplicasPerNodeGroup: 2,
  });
  expect(only(durable, 'AWS::ElastiCache::ParameterGroup').Properties.Properties).toMatchObject({
    'maxmemory-policy': 'volatile-lru',
  });
  expect(urlOf(durable)).not.toContain('serverless');
});

test("a Valkey of one's own gets no VPC, and functions outside of any", () => {
  expect(urlOf(endpoint)).toBe('"rediss://valkey.example.com:6380"');
  expect(resourcesOf(endpoint, 'AWS::EC2::VPC')).toEqual({});
  for (const { Properties } of functionsOf(endpoint)) expect(Properties.VpcConfig).toBeUndefined();
  expect(JSON.stringify(endpoint.toJSON())).not.toContain('ec2:CreateNetworkInterface');
});

test('a given VPC is used as it is, with no endpoints of ours', () => {
  const stack = new Stack(testApp(), 'Test');
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 1, maxAzs: 2 }) as IVpc;
  new WriteBehindCache(stack, 'Cache', { vpc });
  const template = Template.fromStack(stack);
  expect(resourcesOf(template, 'AWS::EC2::VPCEndpoint')).toEqual({});
  const subnets = vpc.privateSubnets.map(({ subnetId }) => stack.resolve(subnetId));
  expect(only(template, 'AWS::ElastiCache::ServerlessCache').Properties.SubnetIds).toEqual(subnets);
  for (const { Properties } of functionsWithin(template)) expect(Properties.VpcConfig.SubnetIds).toEqual(subnets);
});
