import { buffer } from 'node:stream/consumers';
import { type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The parts of an HTTP response that are read here; the SDK declares it as unknown. */
interface ErrorResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: unknown;
}

interface ErrorBody {
  readonly __type: string;
  readonly message?: string;
  readonly Item?: Record<string, AttributeValue>;
}

/**
 * Lets a client read a failed condition whose old item (`ReturnValuesOnConditionCheckFailure: 'ALL_OLD'`) holds
 * `__proto__` at any depth. The SDK (3.1162) sets such properties of an error's body to undefined before it reads them
 * and ends in a TypeError, so the failed condition would look like a failure of the client. Answers that are no errors
 * are not affected, nor are other errors. In an item read here, binary attributes stay base64 text.
 */
export function readFailedConditions(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as ErrorResponse;
      if (response.statusCode !== 400) return result;
      const body = await buffer(response.body as AsyncIterable<Uint8Array>);
      const error = failedCondition(body.toString(), response);
      if (error) throw error;
      response.body = body;
      return result;
    },
    // Low, to run between the network and the SDK's own reading of the answer.
    { step: 'deserialize', priority: 'low', name: 'readFailedConditions', override: true },
  );
}

function failedCondition(text: string, response: ErrorResponse): ConditionalCheckFailedException | undefined {
  if (!text.includes('__proto__') || !text.includes('ConditionalCheckFailedException')) return undefined;
  const { __type, message = 'The conditional request failed', Item } = JSON.parse(text) as ErrorBody;
  if (!__type.endsWith('#ConditionalCheckFailedException') || Item === undefined) return undefined;
  const requestId = response.headers['x-amzn-requestid'];
  return new ConditionalCheckFailedException({
    message,
    Item,
    $metadata: { httpStatusCode: response.statusCode, ...(requestId !== undefined && { requestId }) },
  });
}
