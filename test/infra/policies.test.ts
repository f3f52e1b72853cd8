import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import type { WriteBehindCache } from '../../infra/constructs/write-behind-cache.ts';
import { cacheWith, only, type Resource, resourcesOf, stackOf } from './synthesized.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Actions that cannot be limited to resources, and why. */
const WITHOUT_RESOURCE: Record<string, string> = {
  'xray:PutTraceSegments': 'traces have no names',
  'xray:PutTelemetryRecords': 'traces have no names',
  'ec2:CreateNetworkInterface': 'interfaces that do not exist yet have no names',
  'ec2:DescribeNetworkInterfaces': 'describing takes no resource',
  'ec2:DescribeSubnets': 'describing takes no resource',
  'ec2:DeleteNetworkInterface': 'Lambda names the interfaces',
  'ec2:AssignPrivateIpAddresses': 'Lambda names the interfaces',
  'ec2:UnassignPrivateIpAddresses': 'Lambda names the interfaces',
  'dynamodb:ListStreams':
    'listing takes no resource; where a collection looks at other writers, as of these stages only that of LocalStack does',
};

const statementsOf = ({ Properties }: Resource): Statement[] => Properties.PolicyDocument.Statement;

describe.each(['dev', 'prod', 'localstack'] as const)('the policies of stage %s', (stage) => {
  const template = Template.fromStack(stackOf(stage));
  const allowed = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(statementsOf);

  test('name every action', () => {
    const actions = allowed.flatMap(({ Action }) => list(Action));
    expect(actions.length).toBeGreaterThan(20);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('name every resource, but for a short list of actions that take none', () => {
    const everywhere = allowed.filter(({ Resource }) => list(Resource).some((resource) => resource === '*'));
    const actions = new Set(everywhere.flatMap(({ Action }) => list(Action)));
    const expected = Object.keys(WITHOUT_RESOURCE).filter(
      (action) => !action.startsWith(stage === 'localstack' ? 'ec2:' : 'dynamodb:'),
    );
    expect([...actions].sort()).toEqual(expected.sort());
    const partly = allowed.filter(({ Resource }) => JSON.stringify(Resource).includes('*') && Resource !== '*');
    expect(partly).toEqual([]);
  });

  test('give roles of functions no policy of AWS, which would allow more', () => {
    const managed = Object.values(resourcesOf(template, 'AWS::IAM::Role')).filter(
      ({ Properties }) => Properties.ManagedPolicyArns,
    );
    expect(managed.map(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service)).toEqual(
      ['apigateway.amazonaws.com'],
    );
  });
});

test('each role may do to the queues what its function does, and nothing else', () => {
  const template = cacheWith().template();
  const queues = resourcesOf(template, 'AWS::SQS::Queue');
  const nameOf = (id: string) => (queues[id]?.Properties.RedriveAllowPolicy ? 'dead letters' : 'queue');
  const allowedTo = (folder: string) => {
    const [, policy] = Object.entries(resourcesOf(template, 'AWS::IAM::Policy')).find(([id]) =>
      id.startsWith(`Cache${folder}Function`),
    )!;
    return statementsOf(policy)
      .flatMap(({ Action, Resource }) => list(Action).map((action) => [action, Resource] as const))
      .filter(([action]) => action.startsWith('sqs:'))
      .map(
        ([action, resource]) =>
          `${nameOf((resource as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0])} ${action.slice(4)}`,
      )
      .sort();
  };
  expect({
    api: allowedTo('Api'),
    flush: allowedTo('Flush'),
    sweep: allowedTo('Sweep'),
    switch: allowedTo('Switch'),
  }).toEqual({
    api: [
      'dead letters ChangeMessageVisibility',
      'dead letters DeleteMessage',
      'dead letters GetQueueAttributes',
      'dead letters ReceiveMessage',
      'dead letters SendMessage',
      'queue GetQueueAttributes',
      'queue ListQueueTags',
      'queue SendMessage',
    ],
    flush: [
      'dead letters SendMessage',
      'queue ChangeMessageVisibility',
      'queue DeleteMessage',
      'queue GetQueueAttributes',
      'queue ListQueueTags',
      'queue ReceiveMessage',
    ],
    sweep: ['dead letters SendMessage', 'queue ListQueueTags'],
    switch: ['queue ListQueueTags', 'queue TagQueue', 'queue UntagQueue'],
  });
});

test('only the switch may hold signals, those of its own event source', () => {
  const template = cacheWith().template();
  const switching = Object.entries(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(([id, policy]) =>
    statementsOf(policy)
      .filter(({ Action }) => list(Action).some((action) => action.startsWith('lambda:')))
      .map(({ Action, Resource }) => ({ id, Action, Resource: JSON.stringify(Resource) })),
  );
  const [mapping] = Object.keys(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'));
  expect(switching).toEqual([
    {
      id: expect.stringMatching(/^CacheSwitchFunction/),
      Action: ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
      Resource: expect.stringContaining(`event-source-mapping:","",{"Ref":"${mapping}"}`.replace('","",', '",')),
    },
  ]);
});

test('each role may put into the table, one by one and in batches; the sweep never has to look', () => {
  const policies = Object.entries(resourcesOf(cacheWith().template(), 'AWS::IAM::Policy'));
  const allowedTo = (folder: string) =>
    policies
      .filter(([id]) => id.startsWith(`Cache${folder}Function`))
      .flatMap(([, policy]) => statementsOf(policy).flatMap(({ Action }) => list(Action)))
      .filter((action) => action.startsWith('dynamodb:'))
      .sort();
  const puts = ['dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate', 'dynamodb:PutItem'];
  expect({ api: allowedTo('Api'), flush: allowedTo('Flush'), sweep: allowedTo('Sweep') }).toEqual({
    api: ['dynamodb:GetItem', ...puts],
    flush: ['dynamodb:GetItem', ...puts],
    sweep: puts,
  });
});

describe('a grant', () => {
  const granted = (grant: (cache: WriteBehindCache, role: Role) => void): { actions: string[]; routes: string[] } => {
    const { cache, stack, template } = cacheWith();
    const role = new Role(stack, 'Caller', { assumedBy: new AccountPrincipal('111122223333') });
    grant(cache, role);
    const policy = Object.entries(resourcesOf(template(), 'AWS::IAM::Policy')).find(([id]) => id.startsWith('Caller'));
    const statements = policy ? statementsOf(policy[1]) : [];
    const resources = statements.flatMap(({ Resource }) => list(Resource));
    return {
      actions: statements.flatMap(({ Action }) => list(Action)),
      routes: resources.map((resource) =>
        JSON.stringify(resource)
          .replace(/^.*"\},?"?\/?/, '')
          .replace(/"\]\]\}$/, ''),
      ),
    };
  };

  test('to read is for the GET routes of items', () => {
    expect(granted((cache, role) => cache.grantRead(role))).toEqual({
      actions: ['execute-api:Invoke'],
      routes: ['GET/items/*', 'GET/openapi.json'],
    });
  });

  test('to write is for the other routes of items, and batches', () => {
    expect(granted((cache, role) => cache.grantWrite(role)).routes).toEqual([
      'DELETE/items/*',
      'PATCH/items/*',
      'POST/batch',
      'POST/items/*',
      'PUT/items/*',
    ]);
  });

  test('to operate is for health, statistics, flush, pauses and dead letters, which nobody else may call', () => {
    expect(granted((cache, role) => cache.grantOperate(role)).routes).toEqual([
      'GET/dead-letters',
      'GET/dead-letters/*',
      'GET/health',
      'GET/stats',
      'POST/dead-letters/*',
      'POST/flush',
      'POST/pause',
      'POST/resume',
    ]);
  });

  test('covers every route of the API between the three', async () => {
    const { routes } = await import('../../functions/api/routes.ts');
    const { ROUTES } = await import('../../infra/constructs/api.ts');
    const patterns = Object.values(ROUTES).flat();
    const covered = (route: string) =>
      patterns.some(
        (pattern) => route === pattern || (pattern.endsWith('*') && route.startsWith(pattern.slice(0, -1))),
      );
    expect(routes.map(({ method, path }) => method + path).filter((route) => !covered(route))).toEqual([]);
  });
});

test('the functions run on arm64 with the newest Node, traced, with logs that end', () => {
  const { template } = cacheWith();
  const functions = Object.values(resourcesOf(template(), 'AWS::Lambda::Function'));
  expect(functions).toHaveLength(4);
  for (const { Properties } of functions) {
    expect(Properties).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      LoggingConfig: { LogGroup: expect.anything() },
    });
  }
  // Nobody waits for the switch, and it runs every minute.
  expect(functions.filter(({ Properties }) => Properties.TracingConfig?.Mode === 'Active')).toHaveLength(3);
  for (const { Properties } of Object.values(resourcesOf(template(), 'AWS::Logs::LogGroup'))) {
    expect(Properties.RetentionInDays).toBe(30);
  }
});

test('without tracing nothing traces, and nobody may send traces', () => {
  const template = cacheWith({ tracing: false }).template();
  for (const { Properties } of Object.values(resourcesOf(template, 'AWS::Lambda::Function'))) {
    expect(Properties).not.toHaveProperty('TracingConfig.Mode', 'Active');
    expect(Properties.Environment.Variables).not.toHaveProperty('WRITE_BEHIND_TRACING');
  }
  expect(only(template, 'AWS::ApiGateway::Stage').Properties.TracingEnabled).toBe(false);
  const allowed = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(statementsOf);
  expect(JSON.stringify(allowed)).not.toContain('xray:');
});

test('the table is on demand, restorable, and forgets tombstones', () => {
  expect(only(cacheWith().template(), 'AWS::DynamoDB::Table').Properties).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: '_ttl', Enabled: true },
  });
});

test('there is a table of the history where a collection is audited, and rights on it', () => {
  expect(Object.keys(resourcesOf(cacheWith().template(), 'AWS::DynamoDB::Table'))).toHaveLength(1);
  const template = cacheWith({ collections: { ledger: { audited: true } } }).template();
  const [[id, history] = []] = Object.entries(resourcesOf(template, 'AWS::DynamoDB::Table')).filter(([each]) =>
    each.includes('History'),
  );
  expect(history?.Properties).toMatchObject({
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: '_v', KeyType: 'RANGE' },
    ],
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  for (const { Properties } of Object.values(resourcesOf(template, 'AWS::Lambda::Function'))) {
    expect(Properties.Environment.Variables.HISTORY_TABLE_NAME).toEqual({ Ref: id });
  }
  const rights = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).map((policy) =>
    statementsOf(policy)
      .filter(({ Resource }) => JSON.stringify(Resource).includes(`"${id}"`))
      .flatMap(({ Action }) => list(Action))
      .filter((action) => action === 'dynamodb:Query' || action === 'dynamodb:PutItem')
      .sort(),
  );
  const both = ['dynamodb:PutItem', 'dynamodb:Query'];
  // The sweep never has to look.
  expect(rights).toEqual([both, both, ['dynamodb:PutItem'], []]);
});

test('the table has an index of keys where a collection is listable, and rights on it', () => {
  expect(only(cacheWith().template(), 'AWS::DynamoDB::Table').Properties).not.toHaveProperty('GlobalSecondaryIndexes');
  const template = cacheWith({ collections: { logs: { listable: true } } }).template();
  expect(only(template, 'AWS::DynamoDB::Table').Properties.GlobalSecondaryIndexes).toEqual([
    {
      IndexName: 'listing',
      KeySchema: [
        { AttributeName: '_list', KeyType: 'HASH' },
        { AttributeName: '_created', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ]);
  const [api, flush, sweep] = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).map(statementsOf);
  const queries = api!.filter(({ Action }) => list(Action).includes('dynamodb:Query'));
  expect(queries.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
    expect.stringMatching(/Table.*\/index\/listing/),
  ]);
  const actions = (statements: typeof api) => statements!.flatMap(({ Action }) => list(Action));
  expect(actions(api)).toContain('dynamodb:BatchGetItem');
  expect(actions(flush)).not.toContain('dynamodb:BatchGetItem');
  expect(actions(sweep)).toContain('dynamodb:GetItem');
});

test("a table of one's own may be read and written item by item, and nothing else", () => {
  const mapping = { partitionKey: { name: 'sku' }, versionAttribute: 'version', unversioned: 'cacheWins' } as const;
  const { template } = cacheWith(({ stack }) => ({
    collections: {
      stock: { table: { ...mapping, attributes: { shared: ['left'] } } },
      devices: { table: { ...mapping, attributes: 'own' } },
    },
    tables: {
      stock: new Table(stack, 'Inventory', {
        partitionKey: { name: 'sku', type: AttributeType.STRING },
        encryptionKey: new Key(stack, 'Key'),
      }),
      devices: Table.fromTableName(stack, 'Devices', 'devices'),
    },
  }));
  const synthesized = template();
  const policies = Object.entries(resourcesOf(synthesized, 'AWS::IAM::Policy'));
  const allowedTo = (folder: string, on: RegExp) =>
    policies
      .filter(([id]) => id.startsWith(`Cache${folder}Function`))
      .flatMap(([, policy]) => statementsOf(policy))
      .filter(({ Resource }) => on.test(JSON.stringify(Resource)))
      .flatMap(({ Action }) => list(Action))
      .sort();
  const reads = ['dynamodb:GetItem'];
  for (const folder of ['Api', 'Flush', 'Sweep']) {
    const looks = folder === 'Sweep' ? [] : reads;
    expect(allowedTo(folder, /"Inventory\w+","Arn"/)).toEqual([...looks, 'dynamodb:UpdateItem']);
    expect(allowedTo(folder, /:table\/devices/)).toEqual([...looks, 'dynamodb:PutItem']);
    expect(allowedTo(folder, /"Key\w+","Arn"/)).toContain('kms:Decrypt');
  }
  const { Properties } = Object.values(resourcesOf(synthesized, 'AWS::Lambda::Function'))[0]!;
  const settings = JSON.stringify(Properties.Environment.Variables.WRITE_BEHIND_SETTINGS);
  expect(settings).toMatch(/\\"name\\":\\"",\{"Ref":"Inventory\w+"\}/);
  expect(settings).toMatch(/\\"name\\":\\"devices\\"/);
  const endpoints = JSON.stringify(resourcesOf(synthesized, 'AWS::EC2::VPCEndpoint'));
  expect(endpoints).toMatch(/\["dynamodb:GetItem","dynamodb:UpdateItem"\]/);
});

test('where a collection looks at what other programs change, a function reads the stream, and may write as a caller may', () => {
  expect(only(cacheWith().template(), 'AWS::DynamoDB::Table').Properties).not.toHaveProperty('StreamSpecification');
  const mapping = { partitionKey: { name: 'sku' }, versionAttribute: 'version', unversioned: 'cacheWins' } as const;
  const synthesized = cacheWith(({ stack }) => ({
    collections: {
      prices: { otherWriters: 'cacheWins', audited: true },
      stock: { otherWriters: 'cacheWins', table: { ...mapping, attributes: { shared: ['left'] } } },
    },
    tables: {
      stock: new Table(stack, 'Inventory', {
        partitionKey: { name: 'sku', type: AttributeType.STRING },
        stream: StreamViewType.NEW_AND_OLD_IMAGES,
      }),
    },
  })).template();
  const statements = Object.entries(resourcesOf(synthesized, 'AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('CacheStreamFunction'))
    .flatMap(([, policy]) => statementsOf(policy));
  const on = (resource: RegExp) =>
    statements
      .filter(({ Resource }) => resource.test(JSON.stringify(Resource)))
      .flatMap(({ Action }) => list(Action))
      .sort();
  const reading = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];
  expect(on(/Inventory\w+","StreamArn"/)).toEqual(reading);
  expect(on(/Items\w+","StreamArn"/)).toEqual(reading);
  expect(on(/Inventory\w+","Arn"/)).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
  expect(on(/Items\w+","Arn"/)).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
  expect(on(/History\w+","Arn"/)).toEqual(['dynamodb:PutItem', 'dynamodb:Query']);
  expect(statements.flatMap(({ Action }) => list(Action)).filter((action) => action.startsWith('sqs:'))).toEqual([
    'sqs:SendMessage',
  ]);
  const sources = Object.values(resourcesOf(synthesized, 'AWS::Lambda::EventSourceMapping')).filter(
    ({ Properties }) => Properties.StartingPosition,
  );
  expect(sources).toHaveLength(2);
  for (const { Properties } of sources) {
    expect(Properties).toMatchObject({
      StartingPosition: 'LATEST',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
    });
  }
});
