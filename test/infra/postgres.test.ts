/** A cache whose store is PostgreSQL. */
import { Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
} from 'aws-cdk-lib/aws-rds';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test, vi } from 'vitest';
import { acknowledge } from '../../infra/acknowledgements.ts';
import { Alarms } from '../../infra/constructs/alarms.ts';
import { Dashboard } from '../../infra/constructs/dashboard.ts';
import { PostgresDatabase, type PostgresDatabaseProps } from '../../infra/constructs/store/postgres-database.ts';
import { WriteBehindCache, type WriteBehindCacheProps } from '../../infra/constructs/write-behind-cache.ts';
import { postgresTarget } from '../../lib/store/postgres/url.ts';
import { only, type Resource, resourcesOf, testApp } from './synthesized.ts';

// The first to synthesize a network loads half of the CDK.
vi.setConfig({ testTimeout: 120_000 });

function cacheOnPostgres(props: WriteBehindCacheProps = {}, database: Partial<PostgresDatabaseProps> = {}) {
  const app = testApp();
  const stack = new Stack(app, 'Test');
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 1, maxAzs: 2 }) as IVpc;
  const securityGroup = new SecurityGroup(stack, 'DatabaseSecurityGroup', { vpc });
  const cluster = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Database', {
    ...{
      clusterIdentifier: 'shop',
      clusterResourceIdentifier: 'cluster-ABC',
      port: 5432,
      securityGroups: [securityGroup],
    },
    clusterEndpointAddress: 'shop.cluster-x.eu-west-1.rds.amazonaws.com',
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_6 }),
  });
  const store = new PostgresDatabase({ database: cluster, databaseName: 'shop', ...database });
  const vpcSubnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  const cache = new WriteBehindCache(stack, 'Cache', { vpc, vpcSubnets, store, ...props });
  return { app, stack, cache, template: () => Template.fromStack(stack) };
}

const functionsOf = (template: Template): Resource[] =>
  Object.entries(resourcesOf(template, 'AWS::Lambda::Function')).flatMap(([id, fn]) =>
    id.startsWith('Cache') ? [fn] : [],
  );

test('there is no table, nor any right or way to DynamoDB', () => {
  const { cache, template } = cacheOnPostgres({ collections: { logs: { listable: true }, ledger: { audited: true } } });
  template().resourceCountIs('AWS::DynamoDB::Table', 0);
  expect(JSON.stringify(template().toJSON())).not.toContain('dynamodb');
  expect(() => cache.table).toThrow('store: got PostgreSQL, allowed is DynamoDB, where the table is asked for');
});

test('each function may log in as its user and as nobody else', () => {
  const policies = Object.entries(resourcesOf(cacheOnPostgres({}, { user: 'cache' }).template(), 'AWS::IAM::Policy'));
  for (const folder of ['Api', 'Flush', 'Sweep']) {
    const [, policy] = policies.find(([id]) => id.startsWith(`Cache${folder}Function`))!;
    const logIn = policy.Properties.PolicyDocument.Statement.filter(
      ({ Action }: { Action: string }) => Action === 'rds-db:connect',
    );
    expect(logIn).toHaveLength(1);
    expect(JSON.stringify(logIn[0].Resource)).toMatch(/:rds-db:.*:dbuser:cluster-ABC\/cache"/);
  }
});

test('the functions are told where it is, check its certificate, and know no secret', () => {
  const { template } = cacheOnPostgres({ collections: { ledger: { audited: true } } }, { connectionsPerInstance: 3 });
  for (const { Properties } of functionsOf(template())) {
    const { POSTGRES_URL, TABLE_NAME, HISTORY_TABLE_NAME, NODE_EXTRA_CA_CERTS } = Properties.Environment.Variables;
    expect(postgresTarget(POSTGRES_URL)).toEqual({
      ...{ host: 'shop.cluster-x.eu-west-1.rds.amazonaws.com', port: 5432, database: 'shop', user: 'write_behind' },
      ...{ password: undefined, iam: true, tls: 'verified', connections: 3, options: undefined },
    });
    expect([TABLE_NAME, HISTORY_TABLE_NAME]).toEqual(['write_behind', 'write_behind_history']);
    expect(NODE_EXTRA_CA_CERTS).toBe('/var/runtime/ca-cert.pem');
  }
});

test('its port is open to the functions, and they may go there', () => {
  const { template } = cacheOnPostgres();
  const databasePort = { FromPort: 5432, ToPort: 5432, IpProtocol: 'tcp' };
  template().hasResourceProperties('AWS::EC2::SecurityGroupIngress', databasePort);
  template().hasResourceProperties('AWS::EC2::SecurityGroupEgress', databasePort);
});

test('the connections are bounded: so many instances of each function, so many connections of each', () => {
  const concurrency = (props?: Partial<PostgresDatabaseProps>) =>
    functionsOf(cacheOnPostgres({}, props).template()).flatMap(
      ({ Properties }) => Properties.ReservedConcurrentExecutions ?? [],
    );
  expect(concurrency()).toEqual([50]);
  expect(concurrency({ maxApiConcurrency: 20 })).toEqual([20]);
});

test('alarms and dashboard show what there is', () => {
  const { stack, cache, template } = cacheOnPostgres({ collections: { ledger: { audited: true } } });
  const { all } = new Alarms(stack, 'Alarms', { cache, topic: new Topic(stack, 'Topic') });
  new Dashboard(stack, 'Dashboard', { cache, alarms: all });
  expect(all.map(({ node }) => node.id).filter((id) => /Database|History/.test(id))).toEqual([]);
  expect(all.map(({ node }) => node.id)).toContain('Lag');
  expect(JSON.stringify(only(template(), 'AWS::CloudWatch::Dashboard'))).not.toContain('AWS/DynamoDB');
});

test('an instance will do as well', () => {
  const stack = new Stack(testApp(), 'Test');
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 1 }) as IVpc;
  const database = DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Database', {
    ...{
      instanceIdentifier: 'shop',
      instanceResourceId: 'db-ABC',
      port: 5433,
      instanceEndpointAddress: 'shop.rds.local',
    },
    securityGroups: [new SecurityGroup(stack, 'DatabaseSecurityGroup', { vpc })],
  });
  new WriteBehindCache(stack, 'Cache', { vpc, store: new PostgresDatabase({ database, databaseName: 'a b' }) });
  const [api] = functionsOf(Template.fromStack(stack));
  expect(postgresTarget(api!.Properties.Environment.Variables.POSTGRES_URL)).toMatchObject({
    port: 5433,
    database: 'a b',
  });
});

test.each([
  [() => cacheOnPostgres({ vpc: undefined as never }), 'vpc: got none, allowed is the VPC of the database'],
  [() => cacheOnPostgres({}, { user: 'Ann O' }), 'store.user: got Ann O'],
  [() => cacheOnPostgres({}, { maxApiConcurrency: 0 }), 'store.maxApiConcurrency: got 0'],
  [() => cacheOnPostgres({}, { connectionsPerInstance: 101 }), 'store.connectionsPerInstance: got 101'],
])('what cannot be deployed fails at synth (%#)', (make, message) => {
  expect(make).toThrow(message);
});

test('it breaks no rule of AwsSolutions without a reason', () => {
  const { app, cache } = cacheOnPostgres();
  acknowledge(cache, {});
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const vpcOfTheTest = cache.node.scope!.node.findChild('Vpc');
  Validations.of(vpcOfTheTest).acknowledge({ id: 'AwsSolutions::AwsSolutions-VPC7', reason: 'Not ours.' });
  expect(() => app.synth()).not.toThrow();
});

test('a collection that looks at other writers is refused: there is no stream of a table', () => {
  expect(() => cacheOnPostgres({ collections: { stock: { otherWriters: 'merge' } } })).toThrow(
    'collections.stock: got otherWriters, allowed is neither of both with a store: they need DynamoDB',
  );
});
