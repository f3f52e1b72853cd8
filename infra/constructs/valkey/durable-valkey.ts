/**
 * A choice of Valkey: nodes that keep a log in two zones.
 *
 * @module write-behind/constructs/valkey/durable-valkey
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CfnParameterGroup, CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { inRange, refused } from '../checks.ts';
import { VALKEY_PORT, type Valkey, type ValkeyChoice, type ValkeyPlace } from './valkey.ts';
import { ValkeyAccess } from './valkey-access.ts';

/** Props of {@link DurableValkey}. */
export interface DurableValkeyProps {
  /** Node type of a family that supports durability: `cache.` + r8g, r7g, r6g, m8g, m7g, m6g, c8gn or c7gn. @default cache.m7g.large */
  readonly nodeType?: string;
  /** Primaries that the items are spread over, 1–90. @default 1 */
  readonly primaries?: number;
  /** Replicas of each primary, in other zones, 1–5. @default 1 */
  readonly replicasPerPrimary?: number;
}

const PERIOD = Duration.minutes(1);
const DURABLE_FAMILIES = /^cache\.(r8g|r7g|r6g|m8g|m7g|m6g|c8gn|c7gn)\.\w+$/;
/** An alarm takes so many metrics in one expression. */
const MOST_METRICS = 10;

/**
 * Node-based Valkey 9 with synchronous durability: a write is answered when a log in two zones has it, so that `cache`
 * level loses nothing either; it costs a few milliseconds a write, and 100 MiB/s is the most each primary takes.
 */
export class DurableValkey implements ValkeyChoice {
  readonly needsVpc = true;
  readonly #nodeType: string;
  readonly #primaries: number;
  readonly #replicas: number;

  /** @throws {ConfigurationError} a node type without durability, or a number out of range */
  constructor({ nodeType = 'cache.m7g.large', primaries = 1, replicasPerPrimary = 1 }: DurableValkeyProps = {}) {
    if (!DURABLE_FAMILIES.test(nodeType)) {
      throw refused('valkey.nodeType', nodeType, 'cache. and r8g, r7g, r6g, m8g, m7g, m6g, c8gn or c7gn, and a size');
    }
    this.#nodeType = nodeType;
    this.#primaries = inRange('valkey.primaries', primaries, 1, 90);
    this.#replicas = inRange('valkey.replicasPerPrimary', replicasPerPrimary, 1, 5);
  }

  bind(scope: Construct, place: ValkeyPlace): Valkey {
    const { name, subnets, finalSnapshot } = place;
    const { securityGroup, user, group } = new ValkeyAccess(scope, 'Access', place);
    const cluster = new CfnReplicationGroup(scope, 'Cluster', {
      replicationGroupId: name,
      replicationGroupDescription: 'Entries of the write-behind cache',
      engine: 'valkey',
      engineVersion: '9.0',
      clusterMode: 'enabled',
      durability: 'sync',
      cacheNodeType: this.#nodeType,
      numNodeGroups: this.#primaries,
      replicasPerNodeGroup: this.#replicas,
      multiAzEnabled: true,
      automaticFailoverEnabled: true,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      port: VALKEY_PORT,
      userGroupIds: [group.ref],
      securityGroupIds: [securityGroup.securityGroupId],
      cacheSubnetGroupName: new CfnSubnetGroup(scope, 'Subnets', {
        description: 'Zones of the write-behind cache',
        subnetIds: subnets.subnetIds,
      }).ref,
      cacheParameterGroupName: new CfnParameterGroup(scope, 'Parameters', {
        cacheParameterGroupFamily: 'valkey9',
        description: 'Only clean entries have a TTL, and only they may be evicted',
        properties: { 'maxmemory-policy': 'volatile-lru', 'cluster-enabled': 'yes' },
      }).ref,
    });
    cluster.applyRemovalPolicy(finalSnapshot ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY);
    const worst = (metricName: string) => this.#worstOf(name, metricName);
    return {
      url: `rediss://${name}@${cluster.attrConfigurationEndPointAddress}:${cluster.attrConfigurationEndPointPort}?cluster=true&iam=${name}`,
      connections: new ec2.Connections({
        securityGroups: [securityGroup],
        defaultPort: ec2.Port.tcp(VALKEY_PORT),
      }),
      grantConnect: (grantee) => {
        iam.Grant.addToPrincipal({
          grantee,
          actions: ['elasticache:Connect'],
          resourceArns: [CfnReplicationGroup.arnForReplicationGroup(cluster), user.attrArn],
        });
      },
      memory: { metric: worst('DatabaseMemoryUsagePercentage'), threshold: 80 },
      evictions: { metric: worst('Evictions'), threshold: 1 },
      throttled: { metric: worst('TrafficManagementActive'), threshold: 1 },
    };
  }

  /** The greatest value of any node, of the first ten where there are more: any of them can become a primary. */
  #worstOf(name: string, metricName: string): IMetric {
    const nodesPerPrimary = 1 + this.#replicas;
    const count = Math.min(this.#primaries * nodesPerPrimary, MOST_METRICS);
    const nodes = Array.from({ length: count }, (_, index) => {
      const group = String(Math.floor(index / nodesPerPrimary) + 1).padStart(4, '0');
      const node = String((index % nodesPerPrimary) + 1).padStart(3, '0');
      return new Metric({
        namespace: 'AWS/ElastiCache',
        metricName,
        dimensionsMap: { CacheClusterId: `${name}-${group}-${node}` },
        statistic: Stats.MAXIMUM,
        period: PERIOD,
      });
    });
    return new MathExpression({
      expression: 'MAX(METRICS())',
      label: metricName,
      period: PERIOD,
      usingMetrics: Object.fromEntries(nodes.map((metric, index) => [`node${index + 1}`, metric])),
    });
  }
}
