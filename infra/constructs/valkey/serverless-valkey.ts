/**
 * A choice of Valkey: ElastiCache Serverless, the default.
 *
 * @module write-behind/constructs/valkey/serverless-valkey
 */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { inRange } from '../checks.ts';
import { VALKEY_PORT, type Valkey, type ValkeyChoice, type ValkeyPlace } from './valkey.ts';
import { ValkeyAccess } from './valkey-access.ts';

/** Props of {@link ServerlessValkey}. */
export interface ServerlessValkeyProps {
  /** Most data it may hold, 1–5000 GB; a limit on cost. Beyond it clean entries are evicted, then writes get 429. @default 10 */
  readonly maxDataGigabytes?: number;
  /** Most ElastiCache processing units a second, 1,000–15,000,000; a limit on cost. @default 100,000 */
  readonly maxProcessingUnitsPerSecond?: number;
}

const PERIOD = Duration.minutes(1);
const GIGABYTE = 1024 ** 3;

/**
 * ElastiCache Serverless for Valkey: grows and shrinks with the load, replicated over zones, TLS and IAM only. What is
 * acknowledged at `cache` level is lost with it if all replicas are lost at once; `queue` level is not.
 */
export class ServerlessValkey implements ValkeyChoice {
  readonly needsVpc = true;
  readonly #maxDataGigabytes: number;
  readonly #maxUnits: number;

  /** @throws {ConfigurationError} a limit is out of range */
  constructor({ maxDataGigabytes = 10, maxProcessingUnitsPerSecond = 100_000 }: ServerlessValkeyProps = {}) {
    this.#maxDataGigabytes = inRange('valkey.maxDataGigabytes', maxDataGigabytes, 1, 5000);
    this.#maxUnits = inRange('valkey.maxProcessingUnitsPerSecond', maxProcessingUnitsPerSecond, 1000, 15_000_000);
  }

  bind(scope: Construct, place: ValkeyPlace): Valkey {
    const { name, subnets, finalSnapshot } = place;
    const { securityGroup, user, group } = new ValkeyAccess(scope, 'Access', place);
    const cache = new CfnServerlessCache(scope, 'Cache', {
      engine: 'valkey',
      majorEngineVersion: '8',
      serverlessCacheName: name,
      description: 'Entries of the write-behind cache',
      securityGroupIds: [securityGroup.securityGroupId],
      subnetIds: subnets.subnetIds,
      userGroupId: group.ref,
      ...(finalSnapshot && { finalSnapshotName: `${name}-final` }),
      cacheUsageLimits: {
        dataStorage: { unit: 'GB', maximum: this.#maxDataGigabytes },
        ecpuPerSecond: { maximum: this.#maxUnits },
      },
    });
    const metric = (metricName: string, statistic: string) => serverlessMetric(name, metricName, statistic);
    return {
      url: `rediss://${name}@${cache.attrEndpointAddress}:${cache.attrEndpointPort}?cluster=true&iam=${name}&serverless=true`,
      // The second port is that of the readers, which the first one tells cluster clients about.
      connections: new ec2.Connections({
        securityGroups: [securityGroup],
        defaultPort: ec2.Port.tcpRange(VALKEY_PORT, VALKEY_PORT + 1),
      }),
      grantConnect: (grantee) => {
        iam.Grant.addToPrincipal({
          grantee,
          actions: ['elasticache:Connect'],
          resourceArns: [cache.attrArn, user.attrArn],
        });
      },
      memory: {
        metric: metric('BytesUsedForCache', Stats.MAXIMUM),
        threshold: 0.8 * this.#maxDataGigabytes * GIGABYTE,
      },
      evictions: { metric: metric('Evictions', Stats.SUM), threshold: 1 },
      throttled: { metric: metric('ThrottledCmds', Stats.SUM), threshold: 1 },
    };
  }
}

/** The documentation does not say which dimension holds a serverless cache's name, and both are in use; one has data. */
function serverlessMetric(name: string, metricName: string, statistic: string): IMetric {
  const by = (dimension: string) =>
    new Metric({
      namespace: 'AWS/ElastiCache',
      metricName,
      dimensionsMap: { [dimension]: name },
      statistic,
      period: PERIOD,
    });
  return new MathExpression({
    expression: 'MAX(METRICS())',
    label: metricName,
    period: PERIOD,
    usingMetrics: { byCluster: by('clusterId'), byCache: by('ServerlessCacheName') },
  });
}
