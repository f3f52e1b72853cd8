/** What the functions may do by their roles' policies, and what they did by their logs. */
import { GetRolePolicyCommand, ListAttachedRolePoliciesCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { iam } from './aws.ts';
import { configurationOf, type Folder, logged } from './functions.ts';
import { queueName } from './queues.ts';

/** An action on a resource. */
export interface Grant {
  readonly action: string;
  /** ARN, or `*` for all. */
  readonly resource: string;
}

/** Calls that need the permission of what they are a batch of. */
const NEEDS: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};
/** What each statement of a batch needs. */
const STATEMENTS: Readonly<Record<string, string>> = { INSERT: 'PartiQLInsert', UPDATE: 'PartiQLUpdate' };

/** The end of an ARN, of what a call names. */
const NAMES: Readonly<Record<string, (resource: string) => string>> = {
  sqs: queueName,
  dynamodb: (table) => `table/${table}`,
  lambda: (mapping) => `event-source-mapping:${mapping}`,
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Whether a grant covers a call. */
export function allows(grant: Grant, { action, resource }: Grant): boolean {
  return grant.action === action && (grant.resource === '*' || grant.resource === resource);
}

/** Everything that the role of a function may do. */
export async function grantsOf(folder: Folder): Promise<Grant[]> {
  const { Role = '' } = await configurationOf(folder);
  const RoleName = Role.split('/').at(-1)!;
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  if (AttachedPolicies.length > 0) throw new Error(`${RoleName} has policies that are not its own`);
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const statements: Statement[] = [];
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    statements.push(...JSON.parse(decodeURIComponent(PolicyDocument)).Statement);
  }
  return statements.flatMap(({ Effect, Action, Resource }) => {
    if (Effect !== 'Allow') throw new Error(`${RoleName} has a statement that does not allow, but ${Effect}`);
    return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource })));
  });
}

/** Everything that a function called since then, ms since the epoch; each action and resource once. */
export async function callsOf(folder: Folder, sinceMs: number): Promise<Grant[]> {
  const { FunctionArn = '' } = await configurationOf(folder);
  const [, partition, , region, account] = FunctionArn.split(':');
  const lines = await logged(folder, 'aws-call', sinceMs);
  const calls = lines.flatMap(({ awsService, command, resource, statements }): Grant[] => {
    const actions: string[] = statements?.map((statement: string) => STATEMENTS[statement]) ?? [
      NEEDS[command] ?? command,
    ];
    const arn = `arn:${partition}:${awsService}:${region}:${account}:${NAMES[awsService]!(resource)}`;
    return actions.map((action) => ({ action: `${awsService}:${action}`, resource: arn }));
  });
  return [...new Map(calls.map((call) => [`${call.action} ${call.resource}`, call])).values()];
}
