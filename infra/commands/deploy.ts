/** `npm run deploy`: the stack of a stage on AWS. */
import { runCdk } from './cdk.ts';
import { readArguments, runCommand } from './command.ts';
import { UsageError } from './errors.ts';
import { type AwsStage, awsStage, stageOption } from './stage.ts';

const USAGE = `Usage: npm run deploy -- [options] [-- options of cdk deploy]

Deploys the stack WriteBehind-STAGE to the account and region that the AWS credentials of the environment are for.

  --stage STAGE    dev (default): goes without a trace when it is destroyed
                   prod: data is retained and protected, and changes that widen permissions are asked about
  --email ADDRESS  where alarms are sent, "" for nowhere; it is kept by later deployments without this option.
                   AWS asks the address for its consent
  --help           show this

For example: npm run deploy -- --stage prod --email ops@example.com -- --profile production
An account and region in which cdk was never used needs once: npx cdk bootstrap -c stage=dev
Exit code: that of cdk; 2 for a mistake in the options.
`;

const APPROVAL: Readonly<Record<AwsStage, string>> = { dev: 'never', prod: 'broadening' };
const ADDRESS = /^[^@\s]+@[^@\s]+$/;

await runCommand(async (args) => {
  const { values, passedOn } = readArguments(args, { ...stageOption, email: { type: 'string' } });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const stage = awsStage(values.stage, 'localstack:deploy');
  const { email } = values;
  if (email && !ADDRESS.test(email)) throw new UsageError(`--email: ${JSON.stringify(email)} is not an e-mail address`);
  const approves = passedOn.some((option) => option.startsWith('--require-approval'));
  await runCdk(
    [
      'deploy',
      ...(email === undefined ? [] : ['--parameters', `AlarmEmail=${email}`]),
      ...(approves ? [] : ['--require-approval', APPROVAL[stage]]),
      ...passedOn,
    ],
    { stage },
  );
});
