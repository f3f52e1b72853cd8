import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { UndiciHttpHandler } from '@smithy/undici-http-handler';

/** Region that local servers are told; they take any. */
export const LOCAL_REGION = 'us-east-1';

/**
 * What clients of local servers sign with. DynamoDB Local keeps a database per access key, so all have to use this one.
 * Made anew for each client: the AWS SDK writes into the credentials that it is given.
 */
export function localSigning() {
  return { region: LOCAL_REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

/**
 * An SQS client for provisioning and the event source; the product builds its own. Each request ends after 30 s, longer
 * than the longest poll.
 */
export function localSqsClient(endpoint: string, options: { maxAttempts?: number } = {}): SQSClient {
  return new SQSClient({
    ...localSigning(),
    ...options,
    endpoint,
    requestHandler: new UndiciHttpHandler({
      dispatcher: { connect: { timeout: 1000 }, headersTimeout: 30_000, bodyTimeout: 30_000 },
    }),
  });
}

/** A DynamoDB client for provisioning. */
export function localDynamodbClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ ...localSigning(), endpoint });
}
