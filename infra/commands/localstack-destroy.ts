/** `npm run localstack:destroy`: takes the stack off LocalStack, and looks whether anything is left of it. */
import { rm } from 'node:fs/promises';
import { localstackEnvironment } from '../../lib/environment.ts';
import { runCdk } from './cdk.ts';
import { readArguments, runCommand, say } from './command.ts';
import { CommandError } from './errors.ts';
import { deleteDefaultLogGroups, physicalIds, remains } from './leftovers.ts';
import { findStack, STACK_NAME, STAGE, waitUntilHealthy } from './localstack.ts';
import { OUTPUTS_FILE } from './outputs.ts';

const USAGE = `Usage: npm run localstack:destroy [-- options]

Deletes the stack ${STACK_NAME} from LocalStack, and fails if anything is left of it. (What cdk bootstrap made stays.)

  --help  show this

Environment: AWS_ENDPOINT_URL (default http://127.0.0.1:4566).
Exit code: that of cdk; 1 if something is left, and where LocalStack does not answer; 2 for a mistake in the options.
`;

await runCommand(async (args) => {
  const { values } = readArguments(args, {});
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const localstack = localstackEnvironment();
  const { valkeyUrl, variables } = localstack;
  await waitUntilHealthy(localstack);
  const stackId = await findStack(localstack, STACK_NAME);
  const made = stackId ? await physicalIds(localstack, stackId) : new Set<string>();
  await runCdk(['destroy', '--context', `valkeyUrl=${valkeyUrl}`, '--no-notices', '--force'], {
    stage: STAGE,
    variables,
  });
  await deleteDefaultLogGroups(localstack, STACK_NAME);
  const left = await remains(localstack, STACK_NAME, made);
  for (const { kind, id } of left) say(`left: ${kind} ${id}`);
  if (left.length > 0) throw new CommandError(`${left.length} resources of ${STACK_NAME} are still there.`);
  await rm(OUTPUTS_FILE, { force: true });
  process.stdout.write(`nothing is left of ${STACK_NAME} (${made.size} resources looked for)\n`);
});
