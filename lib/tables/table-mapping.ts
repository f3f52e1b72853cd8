import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { InvalidInputError } from '../errors.ts';
import { checkKey } from '../model/key.ts';
import { INTERNAL_ATTRIBUTES, type TableSettings } from './table-settings.ts';
import { Template } from './template.ts';

type KeySettings = TableSettings['partitionKey'];
interface Key extends KeySettings {
  readonly pattern: Template;
}

const ISO_TIME_BYTES = '2026-01-01T00:00:00.000Z'.length;
/** What a version takes in DynamoDB, at most. */
const VERSION_BYTES = 10;

const mappings = new WeakMap<TableSettings, TableMapping>();

/** The mapping that settings describe; made once. */
export function mappingOf(settings: TableSettings): TableMapping {
  let mapping = mappings.get(settings);
  if (!mapping) {
    mapping = new TableMapping(settings);
    mappings.set(settings, mapping);
  }
  return mapping;
}

/** Where the items of a collection are in a table of one's own: from id to key and back, and which attributes a write may have. */
export class TableMapping {
  readonly settings: TableSettings;
  /** Attributes that the cache has to itself in items that it shares; `undefined` where whole items are its own. */
  readonly sharedNames: readonly string[] | undefined;
  readonly keyNames: readonly string[];
  /** Names that no attribute of a value may have: the key and what the cache keeps besides. */
  readonly reservedNames: ReadonlySet<string>;
  readonly #id: Template;
  readonly #keys: readonly Key[];
  readonly #namesBytes: number;

  /** @param settings ones that `checkTables` finds nothing wrong with */
  constructor(settings: TableSettings) {
    const { id, partitionKey, sortKey, attributes } = settings;
    this.settings = settings;
    this.sharedNames = attributes === 'own' ? undefined : attributes.shared;
    this.#id = new Template(id);
    this.#keys = [partitionKey, ...(sortKey ? [sortKey] : [])].map((key) => ({
      ...key,
      pattern: new Template(key.template),
    }));
    this.keyNames = this.#keys.map(({ name }) => name);
    const internal = INTERNAL_ATTRIBUTES.flatMap((setting) => settings[setting] ?? []);
    this.reservedNames = new Set([...this.keyNames, ...internal]);
    const always = [...this.keyNames, settings.versionAttribute, settings.timeAttribute ?? ''];
    this.#namesBytes = always.reduce((sum, name) => sum + Buffer.byteLength(name), 0);
  }

  /**
   * The key in the table of an item: attributes by name. No two ids have the same one: the key, taken apart, must give the id back.
   *
   * @throws {InvalidInputError} with path `id`, for an id that has no key
   */
  keyOf(id: string): Record<string, AttributeValue> {
    const parts = this.#id.match(id);
    const key = parts && this.#keyOf(parts);
    if (key && this.idOf(key) === id) return key;
    const numbers = this.#keys.filter(({ type }) => type === 'number').map(({ template }) => template);
    const ofNumbers = numbers.length > 0 ? ` with a plain number for ${numbers.join(' and ')}` : '';
    throw new InvalidInputError(
      `Ids of this collection are like ${JSON.stringify(this.#id.text)}${ofNumbers}, and no part may hold the text that ends it in the key.`,
      'id',
    );
  }

  /** The id of an item in the table; `undefined` for one that is not of this collection. */
  idOf(item: Record<string, AttributeValue | undefined>): string | undefined {
    const parts = new Map<string, string>();
    for (const { name, type, pattern } of this.#keys) {
      const value = item[name];
      const text = type === 'string' ? value?.S : value?.N;
      const found = text === undefined || (type === 'number' && !isPlainNumber(text)) ? undefined : pattern.match(text);
      if (!found) return undefined;
      for (const [part, own] of found) {
        if ((parts.get(part) ?? own) !== own) return undefined;
        parts.set(part, own);
      }
    }
    return this.#id.fill(parts);
  }

  /** Bytes of the key and of the attributes that the cache keeps besides, by DynamoDB's formula. */
  baseBytes(id: string, actor: string | undefined, comment: string | undefined): number {
    const { timeAttribute, actorAttribute, commentAttribute } = this.settings;
    const keyBytes = Object.values(this.keyOf(id)).reduce(
      (sum, { S, N }) => sum + Buffer.byteLength(S ?? N ?? ''),
      this.#namesBytes + VERSION_BYTES + (timeAttribute === undefined ? 0 : ISO_TIME_BYTES),
    );
    return keyBytes + textBytes(actorAttribute, actor) + textBytes(commentAttribute, comment);
  }

  /**
   * Checks the name of an attribute that a write changes.
   *
   * @param path where the name stands, for errors
   * @throws {InvalidInputError}
   */
  checkName(name: string, path: string): void {
    if (this.keyNames.includes(name)) {
      throw new InvalidInputError('The attribute is in the key of the table, and taken from the id.', path);
    }
    if (this.reservedNames.has(name)) {
      throw new InvalidInputError('The attribute name is reserved in the table of this collection.', path);
    }
    if (this.sharedNames && !this.sharedNames.includes(name)) {
      throw new InvalidInputError(
        `The table is shared: of its attributes the cache writes only ${this.sharedNames.join(', ')}.`,
        path,
      );
    }
  }

  /** @throws {InvalidInputError} items of this collection cannot be deleted */
  checkDelete(): void {
    if (this.settings.deletedAttribute !== undefined) return;
    throw new InvalidInputError(
      'Items of this collection cannot be deleted: its table has no attribute that says so (setting deletedAttribute).',
      'op',
    );
  }

  #keyOf(parts: ReadonlyMap<string, string>): Record<string, AttributeValue> | undefined {
    const key: [string, AttributeValue][] = [];
    for (const { name, type, pattern } of this.#keys) {
      const text = pattern.fill(parts);
      if (type === 'number' && !isPlainNumber(text)) return undefined;
      key.push([name, type === 'number' ? { N: text } : { S: text }]);
    }
    return Object.fromEntries(key);
  }
}

/** Checks that an item of a mapped collection has a key in its table; throws as {@link TableMapping.keyOf}. */
export function checkMappedKey(key: string, table: TableSettings | undefined): void {
  if (table) mappingOf(table).keyOf(checkKey(key).id);
}

// Never a number here: as text it has all the digits that DynamoDB keeps, and comes back as it was sent.
const PLAIN_NUMBER = /^(?!-0$)-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
/** Digits that DynamoDB keeps. */
const MAX_DIGITS = 38;

/** `7`, but not `07`, `7.0` or `7e0`: these are the same number, and would be the same item. */
function isPlainNumber(text: string): boolean {
  return PLAIN_NUMBER.test(text) && text.replace(/[-.]/g, '').length <= MAX_DIGITS;
}

function textBytes(name: string | undefined, text: string | undefined): number {
  return name === undefined || text === undefined ? 0 : Buffer.byteLength(name) + Buffer.byteLength(text);
}
