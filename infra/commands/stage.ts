import { UsageError } from './errors.ts';

/** Stages on AWS. */
const STAGES = ['dev', 'prod'] as const;
/** A stage on AWS. */
export type AwsStage = (typeof STAGES)[number];

/** The option that names a stage. */
export const stageOption = { stage: { type: 'string', default: 'dev' } } as const;

/**
 * The stage that a command line names.
 *
 * @param elsewhere the command for `localstack`
 * @throws {UsageError}
 */
export function awsStage(name: string, elsewhere: string): AwsStage {
  const stage = STAGES.find((each) => each === name);
  if (stage) return stage;
  const hint = name === 'localstack' ? `; for LocalStack there is npm run ${elsewhere}` : '';
  throw new UsageError(`--stage: must be ${STAGES.join(' or ')}, not ${JSON.stringify(name)}${hint}`);
}
