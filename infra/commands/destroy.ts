/** `npm run destroy`: takes the stack of a stage off AWS. */
import { runCdk } from './cdk.ts';
import { readArguments, runCommand, say } from './command.ts';
import { awsStage, stageOption } from './stage.ts';

const USAGE = `Usage: npm run destroy -- [options] [-- options of cdk destroy]

Deletes the stack WriteBehind-STAGE, after asking.

  --stage STAGE  dev (default): nothing is left
                 prod: has termination protection; table, queues and logs are retained
  --help         show this

For example, without a question: npm run destroy -- --stage dev -- --force
Exit code: that of cdk; 2 for a mistake in the options.
`;

const PROTECTED = `WriteBehind-prod has termination protection: as long as it is on, nothing is deleted. To turn it off:
  aws cloudformation update-termination-protection --stack-name WriteBehind-prod --no-enable-termination-protection
Before that stop the writers, flush (POST /flush until "remaining" is 0), and look at the dead letters.
The table (which has deletion protection of its own), the queues and the logs are retained and go on to cost. A stack of
this name can be deployed again only after the queue was deleted.
`;

await runCommand(async (args) => {
  const { values, passedOn } = readArguments(args, stageOption);
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const stage = awsStage(values.stage, 'localstack:destroy');
  if (stage === 'prod') say(PROTECTED);
  await runCdk(['destroy', ...passedOn], { stage });
});
