import { createHash } from 'node:crypto';
import { attributeText } from '../cache/entry.ts';
import type { Change, WriteRequest } from '../cache/write-request.ts';
import type { Config } from '../config.ts';
import { InvalidInputError, ItemTooLargeError, UnknownCollectionError } from '../errors.ts';
import { checkAuthor, checkKey } from '../model/key.ts';
import type { Changes, Increment, WriteOperation } from '../model/operation.ts';
import {
  attributeBytes,
  checkAttributeName,
  checkNumber,
  checkValue,
  encodeAttribute,
  MAX_ATTRIBUTES,
} from '../model/value.ts';
import { type CollectionPolicy, durability, hasListing, MAX_ITEM_BYTES, policyOf } from '../settings.ts';
import { CREATED, LIST_PARTITION, listPartitionOf } from '../store/list-index.ts';
import { checkMappedKey, mappingOf, type TableMapping } from '../tables/table-mapping.ts';
import { checkWithoutNul } from './nul.ts';

const MAX_IDEMPOTENCY_KEY = 256;
/** `pk`, `_v` and `_at` with their values, by DynamoDB's formula. */
const OWN_BYTES = 'pk'.length + '_v'.length + 10 + '_at'.length + '2026-01-01T00:00:00.000Z'.length;
/** The same of what makes it listed, the name of the partition not counted. */
const LISTED_BYTES = LIST_PARTITION.length + CREATED.length + 10;

/**
 * Checks an operation and turns it into what the write script takes.
 *
 * @throws {InvalidInputError} {@link UnknownCollectionError}
 */
export function prepare(operation: WriteOperation, config: Config): WriteRequest {
  const { key, actor, comment, caller, ifMatch, idempotencyKey } = operation;
  const { collection, id } = checkKey(key);
  checkCollection(collection, config);
  checkAuthor(actor, comment);
  const policy = policyOf(config, collection);
  const level = operation.durability ?? policy.durability;
  if (!durability.options.includes(level)) {
    throw new InvalidInputError(
      `The durability ${JSON.stringify(level)} is not cache, queue or database.`,
      'durability',
    );
  }
  checkCondition(ifMatch);
  const change = changeOf(operation);
  const mapping = policy.table && mappingOf(policy.table);
  if (mapping) checkMappedChange(change, mapping);
  else checkNames(change, config);
  if (policy.audited) checkHistorySize(change);
  if (config.endpoints.postgresUrl !== undefined) checkWithoutNul(change, comment);
  return {
    key,
    change,
    level,
    condition: ifMatch,
    maxItemBytes: policy.maxItemBytes,
    baseBytes: mapping ? mapping.baseBytes(id, actor, comment) : baseBytes(key, actor, comment, policy, config),
    actor,
    comment,
    audited: policy.audited,
    caller,
    listed: policy.listable ? listedAs(operation) : undefined,
    idempotency:
      idempotencyKey === undefined
        ? undefined
        : // The level as it was asked for: a default that changes between two attempts makes no other request of the second.
          idempotency(idempotencyKey, [change, operation.durability, actor, comment, ifMatch]),
  };
}

/** Bytes of the key and of our own attributes in the cache's table. */
function baseBytes(
  key: string,
  actor: string | undefined,
  comment: string | undefined,
  { listable }: CollectionPolicy,
  { listPartitions }: Config,
): number {
  return (
    OWN_BYTES +
    (listable ? LISTED_BYTES + Buffer.byteLength(listPartitionOf(key, listPartitions)) : 0) +
    Buffer.byteLength(key) +
    textBytes('_by', actor) +
    textBytes('_comment', comment)
  );
}

/** The attributes that a change names, each with the place where it does. */
function namesOf(change: Change): (readonly [place: string, name: string])[] {
  if (change.op === 'put') return change.attributes.map(({ name }) => ['value', name]);
  return change.op === 'patch' ? change.steps.map(([operator, name]) => [operator, name]) : [];
}

/** @throws {InvalidInputError} a table of one's own does not take the change */
function checkMappedChange(change: Change, mapping: TableMapping): void {
  if (change.op === 'delete') mapping.checkDelete();
  for (const [place, name] of namesOf(change)) mapping.checkName(name, `${place}.${name}`);
}

/** @throws {InvalidInputError} an attribute has a name that the table's index needs */
function checkNames(change: Change, config: Config): void {
  if (!hasListing(config)) return;
  const taken = namesOf(change).find(([, name]) => name === LIST_PARTITION || name === CREATED);
  if (taken) {
    throw new InvalidInputError('The attribute name is reserved where a collection is listable.', taken.join('.'));
  }
}

/** What has to be known of an item before it is written: a list is ordered by creation. */
function listedAs(operation: WriteOperation): WriteRequest['listed'] {
  if (operation.op === 'delete') return 'blind';
  return operation.op === 'put' && operation.isNew ? 'new' : 'load';
}

/**
 * The history keeps a change as JSON text, which may be longer than what DynamoDB's formula counts: it gets as much room as
 * an item.
 *
 * @throws {ItemTooLargeError}
 */
function checkHistorySize(change: Change): void {
  const texts =
    change.op === 'put'
      ? change.attributes.map(({ name, json }) => [name, json] as const)
      : change.op === 'patch'
        ? change.steps.map(([, name, text]) => [name, text] as const)
        : [];
  const bytes = texts.reduce((sum, [name, text]) => sum + Buffer.byteLength(JSON.stringify(name) + text) + 2, 0);
  if (bytes > MAX_ITEM_BYTES) throw new ItemTooLargeError(bytes, MAX_ITEM_BYTES);
}

/** @throws {UnknownCollectionError} where only configured collections are allowed and this is none */
export function checkCollection(collection: string, config: Config): void {
  if (config.closed && !Object.hasOwn(config.collections, collection)) throw new UnknownCollectionError(collection);
}

/**
 * Checks the key of an item that may be read.
 *
 * @throws {InvalidInputError} {@link UnknownCollectionError}
 */
export function checkItemKey(key: string, config: Config): void {
  const { collection } = checkKey(key);
  checkCollection(collection, config);
  checkMappedKey(key, policyOf(config, collection).table);
}

function textBytes(name: string, text: string | undefined): number {
  return text === undefined ? 0 : name.length + Buffer.byteLength(text);
}

function checkCondition(condition: unknown): void {
  if (condition === undefined || condition === '*' || condition === 'none') return;
  if (!Number.isSafeInteger(condition) || (condition as number) < 0) {
    throw new InvalidInputError('A condition is a version, "*" or "none".', 'ifMatch');
  }
}

/** @throws {InvalidInputError} it is none */
export function checkIdempotencyKey(key: unknown): void {
  if (typeof key !== 'string' || key === '' || key.length > MAX_IDEMPOTENCY_KEY) {
    throw new InvalidInputError(`An idempotency key has 1 to ${MAX_IDEMPOTENCY_KEY} characters.`, 'idempotencyKey');
  }
}

function idempotency(key: string, request: readonly unknown[]): { key: string; fingerprint: string } {
  checkIdempotencyKey(key);
  return { key, fingerprint: createHash('sha256').update(JSON.stringify(request)).digest('base64url') };
}

function changeOf(operation: WriteOperation): Change {
  switch (operation.op) {
    case 'put':
      checkValue(operation.value);
      return {
        op: 'put',
        attributes: Object.entries(operation.value).map(([name, value]) => encodeAttribute(name, value)),
      };
    case 'patch':
      return { op: 'patch', steps: steps(operation) };
    case 'delete':
      return { op: 'delete' };
  }
}

type Step = readonly [operator: string, name: string, text: string];

function steps({ set = {}, add = {}, max = {}, min = {}, remove = [] }: Changes): Step[] {
  checkValue(set, 'set');
  const all: Step[] = [
    ...Object.entries(set).map(([name, value]): Step => ['set', name, attributeText(encodeAttribute(name, value))]),
    ...Object.entries(add).map(
      ([name, increment]): Step => ['add', name, `${nameBytes(name)} ${incrementText(increment, `add.${name}`)}`],
    ),
    ...Object.entries(max).map(
      ([name, number]): Step => ['max', name, `${nameBytes(name)} ${numberText(number, `max.${name}`)}`],
    ),
    ...Object.entries(min).map(
      ([name, number]): Step => ['min', name, `${nameBytes(name)} ${numberText(number, `min.${name}`)}`],
    ),
    ...remove.map((name): Step => ['remove', name, '']),
  ];
  if (all.length === 0) throw new InvalidInputError('A patch must change something.', 'patch');
  if (all.length > MAX_ATTRIBUTES) {
    throw new InvalidInputError(`A patch changes at most ${MAX_ATTRIBUTES} attributes.`, 'patch');
  }
  const seen = new Set<string>();
  for (const [operator, name] of all) {
    checkAttributeName(name, `${operator}.${name}`);
    if (seen.has(name)) {
      throw new InvalidInputError('An attribute may stand in one operator only.', `${operator}.${name}`);
    }
    seen.add(name);
  }
  return all;
}

/** What the name of an attribute counts, as `encodeAttribute` counts it. */
function nameBytes(name: string): number {
  return encodeAttribute(name, 0).bytes - attributeBytes(0);
}

function incrementText(increment: number | Increment, path: string): string {
  const { by, min, max } = typeof increment === 'number' ? ({ by: increment } as Increment) : increment;
  const bound = (number: number | undefined, name: string) =>
    number === undefined ? '-' : numberText(number, `${path}.${name}`);
  return [numberText(by, path), bound(min, 'min'), bound(max, 'max')].join(' ');
}

function numberText(number: number, path: string): string {
  checkNumber(number, path);
  return String(number);
}
