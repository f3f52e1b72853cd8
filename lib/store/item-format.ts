import { hash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Image, timeOf } from '../model/image.ts';
import type { JsonObject } from '../model/json.ts';
import { storedVersion } from '../model/version.ts';
import { fromAttributeValue, toAttributeValue } from './attribute-values.ts';
import { CREATED, LIST_PARTITION } from './list-index.ts';

/** An item as the table has it. */
export type Item = Record<string, AttributeValue>;

const OWN_NAMES = ['pk', '_v', '_at', '_by', '_comment', '_deleted', '_ttl'];
const DAY_SECONDS = 86_400;
/** 96 bits: no two shapes that ever occur share them. */
const DIGEST_CHARACTERS = 16;

/** How the items of the cache's table look: the value's attributes, and beside them the cache's own, whose names begin with `_`. */
export class ItemFormat {
  readonly #tombstoneSeconds: number;
  readonly #listPartitionOf: (key: string) => string | undefined;
  readonly #ownNames: ReadonlySet<string>;

  /** @param listPartitionOf partition of the table's index for a key; left out where the table has no index */
  constructor(tombstoneDays: number, listPartitionOf?: (key: string) => string | undefined) {
    this.#tombstoneSeconds = tombstoneDays * DAY_SECONDS;
    this.#listPartitionOf = listPartitionOf ?? (() => undefined);
    this.#ownNames = new Set([...OWN_NAMES, ...(listPartitionOf ? [LIST_PARTITION, CREATED] : [])]);
  }

  /** Where the index has an item, if it has it at all. */
  partitionOf(key: string, { deleted }: Pick<Image, 'deleted'>): string | undefined {
    return deleted ? undefined : this.#listPartitionOf(key);
  }

  itemOf(key: string, image: Image): Item {
    const own: Item = {
      pk: { S: key },
      _v: { N: String(image.version) },
      _at: { S: timeOf(image.version) },
    };
    if (image.actor !== undefined) own._by = { S: image.actor };
    if (image.comment !== undefined) own._comment = { S: image.comment };
    if (image.deleted) {
      own._deleted = { BOOL: true };
      own._ttl = { N: String(Math.floor(image.version / 1e6) + this.#tombstoneSeconds) };
    }
    const partition = this.partitionOf(key, image);
    if (partition) {
      own[LIST_PARTITION] = { S: partition };
      own[CREATED] = { N: String(image.created) };
    }
    const attributes = Object.entries(image.value).map(([name, value]) => [name, toAttributeValue(value)] as const);
    return Object.assign(Object.fromEntries(attributes), own);
  }

  imageOf(item: Item): Image {
    const attributes = Object.fromEntries(Object.entries(item).filter(([name]) => !this.#ownNames.has(name)));
    return {
      version: storedVersion(item._v?.N) ?? 0,
      deleted: item._deleted?.BOOL === true,
      value: fromAttributeValue({ M: attributes }) as JsonObject,
      ...(item._by?.S !== undefined && { actor: item._by.S }),
      ...(item._comment?.S !== undefined && { comment: item._comment.S }),
      ...(this.#ownNames.has(CREATED) && item[CREATED]?.N !== undefined && { created: Number(item[CREATED].N) }),
    };
  }

  /**
   * A digest of which attributes the item of an image has: a write of all attributes of one item over another of the same shape leaves
   * nothing of that. A tombstone has none. What all items have is left out; each attribute that only some have must be in it.
   */
  shapeOf(key: string, image: Image): string | undefined {
    if (image.deleted) return undefined;
    const names = Object.keys(image.value);
    if (image.actor !== undefined) names.push('_by');
    if (image.comment !== undefined) names.push('_comment');
    if (this.partitionOf(key, image)) names.push(LIST_PARTITION);
    return hash('sha256', JSON.stringify(names.sort()), 'base64url').slice(0, DIGEST_CHARACTERS);
  }
}
