import { setInterval } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { localstackEnvironment } from '../../lib/environment.ts';
import { say } from './command.ts';
import { CommandError } from './errors.ts';

/** Where LocalStack is. */
export type LocalStack = ReturnType<typeof localstackEnvironment>;

/** Name of the stage on LocalStack. */
export const STAGE = 'localstack';
/** Name of its stack. */
export const STACK_NAME = `WriteBehind-${STAGE}`;

const STARTS_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 500;

/** What SDK clients need to talk to LocalStack. */
export function clientOptions({ endpoint, region, credentials }: LocalStack) {
  // A copy, because the SDK writes into what it is given.
  return { endpoint, region, credentials: { ...credentials } };
}

/**
 * Waits until LocalStack answers.
 *
 * @throws {CommandError} it does not
 */
export async function waitUntilHealthy({ endpoint }: LocalStack): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS;
  let cause = await whyNotHealthy(endpoint);
  if (!cause) return;
  say(`waiting for LocalStack at ${endpoint}`);
  for await (const _ of setInterval(ASK_EVERY_MS)) {
    cause = await whyNotHealthy(endpoint);
    if (!cause) return;
    if (Date.now() > deadline) break;
  }
  throw new CommandError(
    `LocalStack does not answer at ${endpoint} (${cause}). Start it with
  docker compose -f docker-compose.localstack.yml up --wait
or say in AWS_ENDPOINT_URL where it is.`,
  );
}

async function whyNotHealthy(endpoint: string): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(`${endpoint}/_localstack/health`);
    return ok ? undefined : `status ${status}`;
  } catch (error) {
    return ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
  }
}

/** The id of a stack that is there, or `undefined`. */
export async function findStack(localstack: LocalStack, stackName: string): Promise<string | undefined> {
  const client = new CloudFormationClient(clientOptions(localstack));
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
    const stack = Stacks.find((each) => each.StackName === stackName && !each.StackStatus?.startsWith('DELETE'));
    return stack?.StackId;
  } finally {
    client.destroy();
  }
}
