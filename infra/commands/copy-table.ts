/** `npm run copy-table -- FROM TO [SINCE]`: brings into a new table what an old one has newer; `SINCE` is a time, ISO 8601. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { copyItems } from './copy-items.ts';

const [from, to, since] = process.argv.slice(2);
const sinceMs = since === undefined ? 0 : Date.parse(since);
if (!from || !to || Number.isNaN(sinceMs)) {
  console.error('Usage: npm run copy-table -- FROM TO [SINCE], SINCE such as 2026-01-31T12:00:00Z');
  process.exitCode = 1;
} else {
  const { copied, kept } = await copyItems(new DynamoDBClient({}), from, to, sinceMs * 1000);
  console.log(`${copied} items copied, ${kept} were there as new or newer`);
}
