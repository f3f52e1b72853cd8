import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { CommandError } from './errors.ts';

/** Where the outputs of the stage localstack are kept. */
export const OUTPUTS_FILE = fileURLToPath(new URL('../../outputs.localstack.json', import.meta.url));

const outputs = z.object({
  /** Base URL of the API, without a slash at the end. */
  ApiUrl: z.url(),
  TableName: z.string(),
  QueueUrl: z.url(),
  DeadLetterQueueUrl: z.url(),
  AlarmTopicArn: z.string(),
});

/** Outputs of the deployed stack. */
export type Outputs = z.infer<typeof outputs>;

/**
 * Reads what the last deployment to LocalStack wrote.
 *
 * @throws {CommandError} there was none
 */
export async function readOutputs(): Promise<Outputs> {
  try {
    return outputs.parse(JSON.parse(await readFile(OUTPUTS_FILE, 'utf8')));
  } catch (cause) {
    throw new CommandError('outputs.localstack.json cannot be read: npm run localstack:deploy writes it.', { cause });
  }
}

/**
 * Writes the outputs of a stack on LocalStack, with an API URL that works there: the one that CloudFormation gives has a
 * host name that nobody resolves.
 *
 * @param file what cdk wrote: the outputs of each stack under its name
 */
export async function writeOutputs(file: string, stackName: string, endpoint: string): Promise<Outputs> {
  const raw = JSON.parse(await readFile(file, 'utf8'))[stackName] as Record<string, string>;
  const ApiUrl = apiUrlOn(endpoint, raw.ApiUrl ?? '');
  await writeFile(OUTPUTS_FILE, `${JSON.stringify({ ...raw, ApiUrl }, null, 2)}\n`);
  return outputs.parse({ ...raw, ApiUrl });
}

function apiUrlOn(endpoint: string, url: string): string {
  const [, apiId, stage] = /^https:\/\/(\w+)\.execute-api\.[^/]+\/(\w+)\/?$/.exec(url) ?? [];
  if (!apiId) throw new CommandError(`The output ApiUrl is not a URL of API Gateway: ${JSON.stringify(url)}`);
  return `${endpoint}/_aws/execute-api/${apiId}/${stage}`;
}
