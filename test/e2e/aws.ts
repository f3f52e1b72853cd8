/** Clients that look at the deployment from outside, as an operator would. */
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, STACK_NAME } from '../../infra/commands/localstack.ts';
import { readOutputs } from '../../infra/commands/outputs.ts';
import { localstackEnvironment } from '../../lib/environment.ts';

const localstack = localstackEnvironment();
const options = () => clientOptions(localstack);

/** Outputs of the stack. */
export const outputs = await readOutputs();

export const apiGateway = new APIGatewayClient(options());
export const cloudFormation = new CloudFormationClient(options());
export const cloudWatch = new CloudWatchClient(options());
export const cloudWatchLogs = new CloudWatchLogsClient(options());
export const dynamodb = new DynamoDBClient(options());
export const iam = new IAMClient(options());
export const lambda = new LambdaClient(options());
export const sns = new SNSClient(options());
export const sqs = new SQSClient(options());

/** Physical id of the one resource of the stack that has this type, and whose logical id begins so. */
export async function physicalId(type: string, logicalId = ''): Promise<string> {
  const { StackResources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: STACK_NAME }),
  );
  const found = StackResources.filter(
    (resource) => resource.ResourceType === type && resource.LogicalResourceId?.startsWith(logicalId),
  );
  if (found.length !== 1) throw new Error(`The stack has ${found.length} resources ${type} ${logicalId}`);
  return found[0]!.PhysicalResourceId!;
}
