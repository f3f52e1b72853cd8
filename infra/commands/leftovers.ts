import { APIGatewayClient, paginateGetRestApis } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, paginateListStackResources, paginateListStacks } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { LambdaClient, paginateListEventSourceMappings, paginateListFunctions } from '@aws-sdk/client-lambda';
import { ListTagsForResourceCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, type LocalStack } from './localstack.ts';

/** Something that is there. */
export interface Resource {
  readonly kind: string;
  /** Its physical id, as CloudFormation has it. */
  readonly id: string | undefined;
  /** What else tells whose it is: the function that it belongs to, tags. */
  readonly marks?: readonly (string | undefined)[];
}

/** Physical ids of everything that a stack made. */
export async function physicalIds(localstack: LocalStack, stackId: string): Promise<Set<string>> {
  const client = new CloudFormationClient(clientOptions(localstack));
  const resources = await all(
    paginateListStackResources({ client }, { StackName: stackId }),
    (page) => page.StackResourceSummaries,
  );
  return new Set(resources.flatMap(({ PhysicalResourceId }) => PhysicalResourceId ?? []));
}

/** Deletes Lambda's default log groups of the stack's functions. Their logs have groups of their own, which LocalStack ignores. */
export async function deleteDefaultLogGroups(localstack: LocalStack, stackName: string): Promise<void> {
  const client = new CloudWatchLogsClient(clientOptions(localstack));
  const pages = paginateDescribeLogGroups({ client }, { logGroupNamePrefix: `/aws/lambda/${stackName}-` });
  for (const { logGroupName } of await all(pages, (page) => page.logGroups)) {
    await client.send(new DeleteLogGroupCommand({ logGroupName }));
  }
}

/** What is there and was made by the stack, or bears its name. */
export async function remains(
  localstack: LocalStack,
  stackName: string,
  made: ReadonlySet<string>,
): Promise<Resource[]> {
  // Names that CDK makes leave the hyphens out.
  const names = [stackName, stackName.replaceAll('-', '')];
  const there = await Promise.all(listers.map((list) => list(clientOptions(localstack))));
  return there
    .flat()
    .filter(
      ({ id = '', marks = [] }) =>
        made.has(id) || [id, ...marks].some((mark) => names.some((name) => mark?.includes(name))),
    );
}

type Options = ReturnType<typeof clientOptions>;

const listers: readonly ((options: Options) => Promise<Resource[]>)[] = [
  async (options) => {
    const pages = paginateListStacks({ client: new CloudFormationClient(options) }, {});
    const stacks = await all(pages, (page) => page.StackSummaries);
    // The list keeps what was deleted.
    const present = stacks.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
    return present.map(({ StackName }) => ({ kind: 'stack', id: StackName }));
  },
  async (options) => {
    const tables = await all(
      paginateListTables({ client: new DynamoDBClient(options) }, {}),
      (page) => page.TableNames,
    );
    return tables.map((id) => ({ kind: 'table', id }));
  },
  async (options) => {
    const queues = await all(paginateListQueues({ client: new SQSClient(options) }, {}), (page) => page.QueueUrls);
    return queues.map((id) => ({ kind: 'queue', id }));
  },
  async (options) => {
    const pages = paginateListFunctions({ client: new LambdaClient(options) }, {});
    const functions = await all(pages, (page) => page.Functions);
    return functions.map(({ FunctionName }) => ({ kind: 'function', id: FunctionName }));
  },
  async (options) => {
    const pages = paginateListEventSourceMappings({ client: new LambdaClient(options) }, {});
    const mappings = await all(pages, (page) => page.EventSourceMappings);
    return mappings.map(({ UUID, FunctionArn, EventSourceArn }) => ({
      kind: 'event source mapping',
      id: UUID,
      marks: [FunctionArn, EventSourceArn],
    }));
  },
  async (options) => {
    const pages = paginateDescribeLogGroups({ client: new CloudWatchLogsClient(options) }, {});
    const groups = await all(pages, (page) => page.logGroups);
    return groups.map(({ logGroupName }) => ({ kind: 'log group', id: logGroupName }));
  },
  async (options) => {
    const client = new SNSClient(options);
    const topics = await all(paginateListTopics({ client }, {}), (page) => page.Topics);
    return Promise.all(
      topics.map(async ({ TopicArn }) => {
        // LocalStack makes up names for topics.
        const { Tags = [] } = await client.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
        const tags = Object.fromEntries(Tags.map(({ Key = '', Value }) => [Key, Value]));
        return { kind: 'topic', id: TopicArn, marks: [nameByTags(tags)] };
      }),
    );
  },
  async (options) => {
    const pages = paginateDescribeAlarms({ client: new CloudWatchClient(options) }, {});
    const alarms = await all(pages, (page) => [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]);
    return alarms.map(({ AlarmName }) => ({ kind: 'alarm', id: AlarmName }));
  },
  async (options) => {
    const apis = await all(paginateGetRestApis({ client: new APIGatewayClient(options) }, {}), (page) => page.items);
    return apis.map(({ id, name, tags = {} }) => ({ kind: 'REST API', id, marks: [name, nameByTags(tags)] }));
  },
  async (options) => {
    const { Rules = [] } = await new EventBridgeClient(options).send(new ListRulesCommand({}));
    return Rules.map(({ Name }) => ({ kind: 'event rule', id: Name }));
  },
  async (options) => {
    const roles = await all(paginateListRoles({ client: new IAMClient(options) }, {}), (page) => page.Roles);
    return roles.map(({ RoleName }) => ({ kind: 'role', id: RoleName }));
  },
];

/** The name of the stack that something belongs to, by the tags that the app gives to everything. */
function nameByTags({ application, stage }: Record<string, string | undefined>): string | undefined {
  return application === 'write-behind' ? `WriteBehind-${stage}` : undefined;
}

async function all<Page, Item>(pages: AsyncIterable<Page>, pick: (page: Page) => readonly Item[] | undefined) {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(pick(page) ?? []));
  return items;
}
