import type { Config } from '../lib/config.ts';
import { localSigning } from './clients.ts';

/** The variables that `configFromEnvironment()` and the AWS SDK read, for a program that uses a local stack's servers. */
export function environmentFile({ endpoints, ...settings }: Config): string {
  const { region, credentials } = localSigning();
  const variables = {
    VALKEY_URL: endpoints.valkeyUrl,
    QUEUE_URL: endpoints.queueUrl,
    DEAD_LETTER_QUEUE_URL: endpoints.deadLetterQueueUrl,
    TABLE_NAME: endpoints.tableName,
    HISTORY_TABLE_NAME: endpoints.historyTableName ?? '',
    AWS_ENDPOINT_URL_SQS: endpoints.sqsEndpoint,
    ...(endpoints.dynamodbEndpoint && { AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodbEndpoint }),
    ...(endpoints.postgresUrl && { POSTGRES_URL: endpoints.postgresUrl }),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    WRITE_BEHIND_SETTINGS: `'${JSON.stringify(settings)}'`,
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
