/** `npm run localstack:deploy`: the stack on LocalStack. Standard output ends with the base URL of the API. */
import { localstackEnvironment } from '../../lib/config.ts';
import { runCdk } from './cdk.ts';
import { readArguments, runCommand, say } from './command.ts';
import { findStack, STACK_NAME, STAGE, waitUntilHealthy } from './localstack.ts';
import { writeOutputs } from './outputs.ts';

const USAGE = `Usage: npm run localstack:deploy [-- options]

Deploys the stack ${STACK_NAME} to LocalStack, writes its outputs to outputs.localstack.json and prints the base URL of the API.

  --help  show this

Environment: AWS_ENDPOINT_URL (default http://127.0.0.1:4566), VALKEY_URL as the functions reach it (default
redis://valkey:6379). The defaults are those of docker compose -f docker-compose.localstack.yml up --wait.
Exit code: that of cdk; 1 where LocalStack does not answer, 2 for a mistake in the options.
`;

/** LocalStack's deployments are ours alone: nobody needs to be asked or told anything. */
const QUIET = ['--no-notices', '--no-version-reporting'];
const BOOTSTRAP_STACK = 'CDKToolkit';
const RAW_OUTPUTS = `cdk.out/${STAGE}.outputs.json`;

await runCommand(async (args) => {
  const { values } = readArguments(args, {});
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const localstack = localstackEnvironment();
  const { account, region, endpoint, valkeyUrl, variables } = localstack;
  await waitUntilHealthy(localstack);
  const options = { stage: STAGE, variables };
  const context = ['--context', `valkeyUrl=${valkeyUrl}`, ...QUIET];
  if (!(await findStack(localstack, BOOTSTRAP_STACK))) {
    await runCdk(['bootstrap', `aws://${account}/${region}`, ...context], options);
  }
  await runCdk(['deploy', ...context, '--require-approval', 'never', '--outputs-file', RAW_OUTPUTS], options);
  const { ApiUrl } = await writeOutputs(RAW_OUTPUTS, STACK_NAME, endpoint);
  say('');
  process.stdout.write(`${ApiUrl}\n`);
});
