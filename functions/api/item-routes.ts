import type { Acknowledgement, PatchOperation, WriteOperation, WriteOptions } from '../../lib/model/operation.ts';
import * as answers from './answers.ts';
import { runBatch } from './batch.ts';
import { parseBatchBody } from './batch-body.ts';
import { NoSuchItemError } from './errors.ts';
import { refuseHeaders, writeDurability, writeOptions } from './headers.ts';
import { collectionOf, keyOf, READ_PROBLEMS } from './item-paths.ts';
import { pageOf } from './query.ts';
import { type Call, type Reply, type Route, route } from './route.ts';
import { batchBody, patchBody, putBody } from './schemas.ts';

const WRITE_HEADERS = ['write-durability', 'if-match', 'if-none-match', 'idempotency-key'] as const;
const WRITE_PROBLEMS = [
  'invalid-input',
  'unknown-collection',
  'precondition-failed',
  'item-too-large',
  'idempotency-conflict',
  'no-room',
  'hot-key',
  'level-not-met',
  'cache-unavailable',
  'cache-outcome-unknown',
];
const ACKNOWLEDGED = {
  200: 'The item is in the database (`database` level).',
  202: 'The write is acknowledged at `cache` or `queue` level; the database gets it within the window.',
};

const ENTITY_TAG = { ETag: { description: 'The version in double quotes.', schema: { type: 'string' } } };
const LOCATION = { Location: { description: 'Path of the new item.', schema: { type: 'string' } } };

const entityTag = (version: number) => `"${version}"`;

function acknowledged(acknowledgement: Acknowledgement): Reply<Acknowledgement> {
  return {
    status: acknowledgement.durability === 'database' ? 200 : 202,
    headers: { ETag: entityTag(acknowledgement.version) },
    body: acknowledgement,
  };
}

/** What stands beside the body: the headers' options, and who calls, which is nobody's to say. */
function optionsOf({ headers, caller }: Call): WriteOptions {
  return { ...writeOptions(headers), ...(caller !== undefined && { caller }) };
}

async function write(call: Call, operation: WriteOperation): Promise<Reply<Acknowledgement>> {
  return acknowledged(await call.cache.execute({ ...operation, ...optionsOf(call) }));
}

const putItem = route({
  method: 'PUT',
  path: '/items/{collection}/{id}',
  operationId: 'putItem',
  summary: 'Write an item as a whole.',
  headers: WRITE_HEADERS,
  body: putBody,
  answer: answers.acknowledgement,
  success: ACKNOWLEDGED,
  answerHeaders: ENTITY_TAG,
  problems: WRITE_PROBLEMS,
  handle: (call) => write(call, { op: 'put', key: keyOf(call), ...call.body }),
});

const patchItem = route({
  method: 'PATCH',
  path: '/items/{collection}/{id}',
  operationId: 'patchItem',
  summary: 'Change single attributes of an item, or create it.',
  headers: WRITE_HEADERS,
  body: patchBody,
  answer: answers.acknowledgement,
  success: ACKNOWLEDGED,
  answerHeaders: ENTITY_TAG,
  problems: [...WRITE_PROBLEMS, 'bound', 'store-unavailable'],
  handle: (call) => write(call, { op: 'patch', key: keyOf(call), ...call.body } satisfies PatchOperation),
});

const deleteItem = route({
  method: 'DELETE',
  path: '/items/{collection}/{id}',
  operationId: 'deleteItem',
  summary: 'Delete an item; deleting one that does not exist is no error.',
  headers: WRITE_HEADERS,
  refusesBody: 'A DELETE has no body; to delete with an actor and a comment use POST /batch.',
  answer: answers.acknowledgement,
  success: ACKNOWLEDGED,
  answerHeaders: ENTITY_TAG,
  problems: WRITE_PROBLEMS,
  handle: (call) => write(call, { op: 'delete', key: keyOf(call) }),
});

const getItem = route({
  method: 'GET',
  path: '/items/{collection}/{id}',
  operationId: 'getItem',
  summary: 'Read an item, acknowledged writes that are not in the database yet included.',
  answer: answers.item,
  success: { 200: 'The item.' },
  answerHeaders: ENTITY_TAG,
  problems: [...READ_PROBLEMS, 'no-such-item'],
  handle: async (call) => {
    const key = keyOf(call);
    const item = await call.cache.get(key);
    if (!item) throw new NoSuchItemError(key);
    return { status: 200, headers: { ETag: entityTag(item.version) }, body: item };
  },
});

const appendItem = route({
  method: 'POST',
  path: '/items/{collection}',
  operationId: 'appendItem',
  summary: 'Write a new item under a time-ordered id (ULID) that the server makes.',
  headers: ['write-durability', 'idempotency-key'],
  body: putBody,
  answer: answers.acknowledgement,
  success: ACKNOWLEDGED,
  answerHeaders: { ...ENTITY_TAG, ...LOCATION },
  problems: WRITE_PROBLEMS,
  handle: async (call) => {
    refuseHeaders(call.headers, ['if-match', 'if-none-match'], 'an append has no earlier version.');
    const collection = collectionOf(call);
    const { value, ...author } = call.body;
    const acknowledgement = await call.cache.append(collection, value, { ...author, ...optionsOf(call) });
    const id = acknowledgement.key.slice(collection.length + 1);
    const reply = acknowledged(acknowledgement);
    const location = `/items/${encodeURIComponent(collection)}/${encodeURIComponent(id)}`;
    return { ...reply, headers: { ...reply.headers, Location: location } };
  },
});

const listItems = route({
  method: 'GET',
  path: '/items/{collection}',
  operationId: 'listItems',
  summary:
    'List the items of a listable collection, the newest first by creation, those not in the database yet included.',
  query: ['limit', 'cursor'],
  answer: answers.itemPage,
  success: { 200: 'A page of items; fewer than asked for where they are large.' },
  problems: [...READ_PROBLEMS, 'not-listable', 'cache-outcome-unknown'],
  handle: async (call) => ({ status: 200, body: await call.cache.list(collectionOf(call), pageOf(call.query)) }),
});

const batch = route({
  method: 'POST',
  path: '/batch',
  operationId: 'batch',
  summary: 'Carry out up to 100 operations, those on one key in order; one that fails never fails the others.',
  headers: ['write-durability'],
  parse: parseBatchBody,
  body: batchBody,
  answer: answers.batchResults,
  success: { 200: 'One result per operation, in order; each has the status that it would have had alone.' },
  problems: ['invalid-input'],
  handle: (call) => {
    const why = 'stands in the operations of a batch (ifMatch, idempotencyKey).';
    refuseHeaders(call.headers, ['if-match', 'if-none-match', 'idempotency-key'], why);
    return runBatch(call.cache, call.body.operations, writeDurability(call.headers), call.caller);
  },
});

const getHistory = route({
  method: 'GET',
  path: '/items/{collection}/{id}/history',
  operationId: 'getHistory',
  summary: 'Show every acknowledged write of an item of an audited collection, newest first.',
  query: ['limit', 'cursor'],
  answer: answers.historyPage,
  success: { 200: 'A page of the history; what is not stored yet is in it.' },
  problems: [...READ_PROBLEMS, 'not-audited', 'cache-outcome-unknown'],
  handle: async (call) => ({ status: 200, body: await call.cache.history(keyOf(call), pageOf(call.query)) }),
});

/** What users do with items. */
export const itemRoutes: readonly Route[] = [
  getItem,
  putItem,
  patchItem,
  deleteItem,
  listItems,
  appendItem,
  getHistory,
  batch,
];
