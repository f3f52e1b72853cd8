/**
 * The network of a cache, which the construct makes where Valkey needs one.
 *
 * @module write-behind/constructs/network
 */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { TableAccess } from './mapped-tables.ts';
import type { PostgresDatabase } from './store/postgres-database.ts';
import type { Valkey } from './valkey/valkey.ts';

/** Props of {@link Network}. */
export interface NetworkProps {
  /** A VPC that exists. @default one of our own */
  readonly vpc?: ec2.IVpc;
  /** @default the isolated subnets of our own VPC, the ones with a way out of a given one */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /** Queue, dead-letter queue and table that may be reached through our own VPC's endpoints. */
  readonly queueArn: string;
  readonly deadLetterQueueArn: string;
  /** Where the store is DynamoDB. */
  readonly tableArn?: string | undefined;
  /** Where collections are listable. */
  readonly listIndexArn?: string;
  /** Table of the history, where there is one. */
  readonly historyTableArn?: string;
  /** Tables of one's own. */
  readonly mappedTables: readonly TableAccess[];
}

const HTTPS = 443;

/**
 * Where the functions and Valkey meet: two zones, no public subnet, no NAT, no way to the internet. DynamoDB and SQS are
 * reached through endpoints that let nothing pass but what the functions do.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SelectedSubnets;
  /** Of the functions. */
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    this.vpc = props.vpc ?? ownVpc(this);
    this.subnets = this.vpc.selectSubnets(
      props.vpcSubnets ?? (props.vpc ? undefined : { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }),
    );
    this.securityGroup = new ec2.SecurityGroup(this, 'Functions', {
      vpc: this.vpc,
      description: 'Functions of the write-behind cache',
      allowAllOutbound: false,
    });
    // DynamoDB's addresses are in a list whose id differs by region; where they can go at all, the routes decide.
    this.securityGroup.addEgressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.tcp(HTTPS),
      props.tableArn ? 'DynamoDB and SQS' : 'SQS',
    );
    if (!props.vpc) this.#addEndpoints(props);
  }

  /** Lets functions talk to a Valkey, or to a database. */
  allow({ connections }: Valkey | PostgresDatabase['database']): void {
    connections?.allowDefaultPortFrom(this.securityGroup, 'functions of the write-behind cache');
  }

  #addEndpoints(props: NetworkProps): void {
    const { queueArn, deadLetterQueueArn, tableArn, listIndexArn, historyTableArn, mappedTables } = props;
    if (tableArn) {
      const dynamodb = this.vpc.addGatewayEndpoint('DynamoDb', { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
      dynamodb.addToPolicy(
        onlyFor(
          ['dynamodb:GetItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate', 'dynamodb:PutItem'],
          [tableArn],
        ),
      );
      if (listIndexArn) {
        dynamodb.addToPolicy(onlyFor(['dynamodb:BatchGetItem'], [tableArn]));
        dynamodb.addToPolicy(onlyFor(['dynamodb:Query'], [listIndexArn]));
      }
      if (historyTableArn) dynamodb.addToPolicy(onlyFor(['dynamodb:PutItem', 'dynamodb:Query'], [historyTableArn]));
      for (const { table, writeAction } of mappedTables) {
        dynamodb.addToPolicy(onlyFor(['dynamodb:GetItem', writeAction], [table.tableArn]));
      }
    }
    const sqs = this.vpc.addInterfaceEndpoint('Sqs', {
      service: ec2.InterfaceVpcEndpointAwsService.SQS,
      // Open to the functions, not to the whole VPC.
      open: false,
    });
    sqs.connections.allowDefaultPortFrom(this.securityGroup, 'functions of the write-behind cache');
    const ofBoth = ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'];
    sqs.addToPolicy(onlyFor(ofBoth, [queueArn, deadLetterQueueArn]));
    // The record of a pause.
    sqs.addToPolicy(onlyFor(['sqs:ListQueueTags'], [queueArn]));
    // From the queue Lambda receives, outside of this network.
    sqs.addToPolicy(onlyFor(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [deadLetterQueueArn]));
  }
}

function ownVpc(scope: Construct): ec2.IVpc {
  return new ec2.Vpc(scope, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    // Emptying the default security group would take a function with rights of its own; nothing uses it.
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
  }) as ec2.IVpc;
}

function onlyFor(actions: string[], resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], actions, resources });
}
