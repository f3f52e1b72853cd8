/**
 * What every choice of Valkey has in common.
 *
 * @module write-behind/constructs/valkey/valkey
 */
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** Port of Valkey, of a serverless cache for writes. */
export const VALKEY_PORT = 6379;

/** Where a Valkey of ours is made. */
export interface ValkeyPlace {
  /** Unique lower-case name for what is made, at most 30 characters of `a-z`, `0-9` and `-`. */
  readonly name: string;
  /** Two or more zones. */
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SelectedSubnets;
  /** Whether a snapshot is taken when Valkey is deleted: it may hold writes that are nowhere else. */
  readonly finalSnapshot: boolean;
}

/** A metric of Valkey, and from where on it is a reason to ring. */
export interface ValkeyMetric {
  readonly metric: IMetric;
  readonly threshold: number;
}

/** A Valkey that functions can use. */
export interface Valkey {
  /** The value of `VALKEY_URL`. */
  readonly url: string;
  /** Opens Valkey's ports to others; none where the network is not ours. */
  readonly connections?: ec2.Connections;
  /** Permission to log in, with exactly `elasticache:Connect` on this cache and its user. */
  grantConnect(grantee: iam.IGrantable): void;
  /** Memory in use, near its limit. */
  readonly memory?: ValkeyMetric;
  /** Clean entries dropped for want of memory. */
  readonly evictions?: ValkeyMetric;
  /** Commands that ElastiCache slowed down or refused because of their rate. */
  readonly throttled?: ValkeyMetric;
}

/** A choice of Valkey: `ServerlessValkey`, `DurableValkey` or `ValkeyEndpoint`. */
export interface ValkeyChoice {
  /** Whether Valkey lives in a VPC of ours, so that the functions must, too. */
  readonly needsVpc: boolean;
  /** Makes what the choice needs. `place` is there if `needsVpc` is true. */
  bind(scope: Construct, place: ValkeyPlace | undefined): Valkey;
}
