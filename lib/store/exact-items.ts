import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type JsonObject, readJson } from '../model/json.ts';

/** Members of DynamoDB's answers, and of its failed conditions, that hold whole items. */
const ITEM_MEMBERS = ['Item', 'Items', 'Attributes', 'Responses'];

// Escapes: V8 mixes up names that have them (see `readJson`). `__proto__`: before the SDK (3.1162) reads such a property, of an
// item or at any depth of an error, it sets it to undefined; an error then ends in a TypeError instead of the failed condition.
const NEEDS_CARE = /\\|__proto__/;

/**
 * Makes a client read items exactly whatever the names in them are, also the old item of a failed condition. Answers that
 * could be misread are parsed here and reach the SDK without their items; all others are left to the SDK. In items parsed
 * here binary attributes stay base64 text, which `fromAttributeValue` takes too.
 */
export function readItemsExactly(client: DynamoDBClient): void {
  const itemsOf = new WeakMap<object, JsonObject>();
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: unknown };
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const text = body.toString();
      const answer = NEEDS_CARE.test(text) ? readJson(text) : null;
      response.body = body;
      if (answer === null) return result;
      const [items, rest] = split(answer as JsonObject);
      itemsOf.set(response, items);
      response.body = Buffer.from(JSON.stringify(rest));
      return result;
    },
    // Low runs next to the network, before the SDK's own reading of the answer; high runs after it.
    { step: 'deserialize', priority: 'low', name: 'takeItems', override: true },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        const result = await next(args);
        Object.assign(result.output as object, itemsOf.get(result.response as object) ?? {});
        return result;
      } catch (error) {
        const { $response } = error as { $response?: object };
        throw $response ? Object.assign(error as Error, itemsOf.get($response) ?? {}) : error;
      }
    },
    { step: 'deserialize', priority: 'high', name: 'giveItems', override: true },
  );
}

function split(answer: JsonObject): [items: JsonObject, rest: JsonObject] {
  const { true: items = [], false: rest = [] } = Object.groupBy(Object.entries(answer), ([name]) =>
    String(ITEM_MEMBERS.includes(name)),
  );
  return [Object.fromEntries(items), Object.fromEntries(rest)];
}
