import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Database, FunctionFolder } from '../function-bundle.ts';
import { functionCode } from './function-code.ts';
import type { Network } from './network.ts';

/** Props of {@link CacheFunction}. */
export interface CacheFunctionProps {
  /** Folder under `functions/` whose `index.ts` is the entry. */
  readonly folder: FunctionFolder;
  /** What it stores in. */
  readonly database: Database;
  readonly description: string;
  /** MB; Lambda gives CPU in proportion, a whole one at 1769. */
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly environment: Record<string, string>;
  /** Whether it traces: it then may send traces to X-Ray, to which no resource can be named. */
  readonly tracing: boolean;
  /** Instances at most, reserved for it. @default as many as the account has left */
  readonly reservedConcurrency?: number | undefined;
  /** Where it runs; outside of any VPC if not given. */
  readonly network: Network | undefined;
  readonly logRetention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** A handler of `functions/` as a Lambda function, whose role may do nothing but log and trace until something is granted. */
export class CacheFunction extends Construct {
  readonly function: lambda.Function;
  readonly logGroup: logs.ILogGroup;
  readonly role: iam.Role;
  readonly timeoutSeconds: number;

  constructor(scope: Construct, id: string, props: CacheFunctionProps) {
    super(scope, id);
    this.timeoutSeconds = props.timeoutSeconds;
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
    });
    this.logGroup = logGroup;
    this.role = functionRole(this, logGroup, props.network?.vpc);
    this.function = new NodejsFunction(this, 'Function', {
      ...functionCode(props.folder, props.database),
      description: props.description,
      role: this.role,
      logGroup,
      // The price of a millisecond is a fifth below x86's, and nothing here is native code.
      architecture: lambda.Architecture.ARM_64,
      runtime: lambda.Runtime.NODEJS_24_X,
      memorySize: props.memoryMegabytes,
      timeout: Duration.seconds(props.timeoutSeconds),
      tracing: props.tracing ? lambda.Tracing.ACTIVE : lambda.Tracing.DISABLED,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      environment: { ...props.environment, ...(props.tracing && { WRITE_BEHIND_TRACING: 'x-ray' }) },
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: { subnets: props.network.subnets.subnets },
        securityGroups: [props.network.securityGroup],
      }),
    });
  }
}

const ACTIONS_OF_NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** A role of our own instead of AWS's managed policies, which allow logging everywhere. */
function functionRole(scope: Construct, logGroup: logs.LogGroup, vpc: ec2.IVpc | undefined): iam.Role {
  const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  if (vpc) {
    // Interfaces that do not exist yet cannot be named.
    role.addToPolicy(
      new iam.PolicyStatement({ sid: 'Network', actions: ACTIONS_OF_NETWORK_INTERFACES, resources: ['*'] }),
    );
  }
  return role;
}
