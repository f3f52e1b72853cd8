/** `npm run localstack:deploy`: the stack on LocalStack. Standard output ends with the base URL of the API. */
import { localstackEnvironment } from '../../lib/environment.ts';
import type { Health } from '../../lib/insight/types.ts';
import { runCdk } from './cdk.ts';
import { readArguments, runCommand, say } from './command.ts';
import { CommandError } from './errors.ts';
import { findStack, STACK_NAME, STAGE, waitUntilHealthy } from './localstack.ts';
import { writeOutputs } from './outputs.ts';

const USAGE = `Usage: npm run localstack:deploy [-- options]

Deploys the stack ${STACK_NAME} to LocalStack, writes its outputs to outputs.localstack.json and prints the base URL of the API.

  --help  show this

Environment: AWS_ENDPOINT_URL (default http://127.0.0.1:4566), VALKEY_URL as the functions reach it (default
redis://valkey:6379). The defaults are those of docker compose -f docker-compose.localstack.yml up --wait.
Exit code: that of cdk; 1 where LocalStack or the API does not answer, 2 for a mistake in the options.
`;

/** Nobody needs to be asked or told anything. */
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
  const cdk = (...command: string[]) =>
    runCdk([...command, '--context', `valkeyUrl=${valkeyUrl}`, ...QUIET], { stage: STAGE, variables });
  const deploy = async () => {
    await cdk('deploy', '--require-approval', 'never', '--outputs-file', RAW_OUTPUTS);
    return (await writeOutputs(RAW_OUTPUTS, STACK_NAME, endpoint)).ApiUrl;
  };

  if (!(await findStack(localstack, BOOTSTRAP_STACK))) await cdk('bootstrap', `aws://${account}/${region}`);
  let url = await deploy();
  let health = await healthOf(url);
  if (!health) {
    say('LocalStack cannot change an API that it has, and lost it: once more from the start.');
    await cdk('destroy', '--force');
    url = await deploy();
    health = await healthOf(url);
  }
  if (!health) throw new CommandError(`Nothing answers at ${url}; the log of LocalStack may say why.`);
  for (const [name, { detail }] of Object.entries(health.checks)) if (detail) say(`${name}: ${detail}`);
  say('');
  process.stdout.write(`${url}\n`);
});

/** What the API says of its dependencies, or `undefined` where there is no API. */
async function healthOf(url: string): Promise<Health | undefined> {
  const answer = await fetch(`${url}/health`);
  return answer.status === 200 || answer.status === 503 ? ((await answer.json()) as Health) : undefined;
}
