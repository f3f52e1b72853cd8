import * as z from 'zod';
import { ConfigurationError } from '../errors.ts';
import { RESERVED_NAMES } from '../model/value.ts';
import { Template, templateFault } from './template.ts';

/** Bytes of a template: with an id of 512 a sort key then has at most the 1024 that DynamoDB takes. */
const MAX_TEMPLATE_BYTES = 512;

const attributeName = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => name !== '__proto__', 'cannot be the name of an attribute');

const template = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const tooLong = Buffer.byteLength(text) > MAX_TEMPLATE_BYTES && `has more than ${MAX_TEMPLATE_BYTES} bytes`;
    const message = tooLong || templateFault(text);
    if (message) context.addIssue({ code: 'custom', message });
  });

const keyAttribute = z.strictObject({
  /** Name of the attribute. */
  name: attributeName,
  /** Its type in the table's key; a number is exactly one part of the id, written as JSON writes it. @default "string" */
  type: z.enum(['string', 'number']).default('string'),
  /** What it holds: parts of the id and text, such as `SHOP#{shop}`. @default "{id}" */
  template: template.default('{id}'),
});

/** Takes how a collection is mapped onto a table of one's own. */
export const tableSettings = z.strictObject({
  /** Name of the table. The construct takes it from its prop `tables`; everywhere else it is needed. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'must be the name of a table')
    .optional(),
  /** What ids look like: named parts with text between them, such as `{shop}/{sku}`. @default "{id}", one part */
  id: template.default('{id}'),
  partitionKey: keyAttribute,
  /** Where the table has one. */
  sortKey: keyAttribute.optional(),
  /**
   * `own`: whole items are the cache's, and a write replaces the item. `{ shared: [names] }`: only these attributes are, 1–100; no other is
   * ever read, written or removed.
   */
  attributes: z.union([z.literal('own'), z.strictObject({ shared: z.array(attributeName).min(1).max(100) })]),
  /** Name of the attribute for the version, a number; no other program may write it. */
  versionAttribute: attributeName,
  /**
   * What a write does to an item without a version, which another program made. `cacheWins`: it is stored, and gives the item a version.
   * `refused`: it becomes a dead letter, and the item stays as it is.
   */
  unversioned: z.enum(['cacheWins', 'refused']),
  /** Name of the attribute for the time of the last write, ISO 8601. @default it is not stored */
  timeAttribute: attributeName.optional(),
  /** Name of the attribute for who made it. @default it is not stored */
  actorAttribute: attributeName.optional(),
  /** Name of the attribute for why. @default it is not stored */
  commentAttribute: attributeName.optional(),
  /** Name of the attribute that is `true` in deleted items. @default items cannot be deleted */
  deletedAttribute: attributeName.optional(),
  /** Name of the table's time-to-live attribute, set in deleted items; not where attributes are shared. @default deleted items stay */
  expiresAttribute: attributeName.optional(),
});

/**
 * How a collection is mapped onto a table of one's own, every default filled in.
 *
 * @interface
 */
export type TableSettings = z.output<typeof tableSettings>;

/** Attributes that are neither the key nor the user's. */
export const INTERNAL_ATTRIBUTES = [
  'versionAttribute',
  'timeAttribute',
  'actorAttribute',
  'commentAttribute',
  'deletedAttribute',
  'expiresAttribute',
] as const;

interface MappedCollection {
  readonly listable?: boolean | undefined;
  readonly otherWriters?: string | undefined;
  readonly table?: TableSettings | undefined;
}

/**
 * Checks what the schema cannot see: that each id has a key of its own and each key an id, that no attribute has two meanings, and that
 * no two collections can have the same item.
 *
 * @throws {ConfigurationError} naming the first setting at fault
 */
export function checkTables(collections: Readonly<Record<string, MappedCollection>>): void {
  const mapped = Object.entries(collections).flatMap(([name, { table, ...policy }]) =>
    table ? [{ where: `settings.collections.${name}`, table, ...policy }] : [],
  );
  for (const { where, table, listable, otherWriters } of mapped) {
    if (listable) {
      throw fault(`${where}.listable`, 'a collection in a table of its own has no index that lists could be read from');
    }
    if (otherWriters !== undefined && otherWriters !== 'cacheWins' && table.deletedAttribute === undefined) {
      throw fault(`${where}.otherWriters`, 'another program may delete an item: its table needs a deletedAttribute');
    }
    checkKeys(`${where}.table`, table);
    checkAttributes(`${where}.table`, table);
  }
  for (const [index, { where, table }] of mapped.entries()) {
    const other = mapped.slice(0, index).find((earlier) => mayMeet(table, earlier.table));
    if (other) {
      throw fault(
        `${where}.table`,
        `could have the same items as ${other.where}.table; give one key of both another text before its first part`,
      );
    }
  }
}

function checkKeys(where: string, { id, partitionKey, sortKey }: TableSettings): void {
  const ofId = new Template(id).parts;
  const keys = { partitionKey, ...(sortKey && { sortKey }) };
  const used = new Set<string>();
  for (const [which, { template, type }] of Object.entries(keys)) {
    const { parts } = new Template(template);
    const unknown = parts.find((part) => !ofId.includes(part));
    if (unknown !== undefined) throw fault(`${where}.${which}.template`, `${where}.id has no part {${unknown}}`);
    if (type === 'number' && template !== `{${parts[0]}}`) {
      throw fault(`${where}.${which}.template`, 'a number is one part of the id, without text');
    }
    for (const part of parts) used.add(part);
  }
  const unused = ofId.find((part) => !used.has(part));
  if (unused !== undefined) {
    throw fault(`${where}.id`, `{${unused}} is in no key: ids that differ in it only would be the same item`);
  }
}

function checkAttributes(where: string, table: TableSettings): void {
  const taken = new Set<string>();
  const take = (setting: string, name: string | undefined) => {
    if (name === undefined) return;
    if (taken.has(name)) throw fault(`${where}.${setting}`, `${JSON.stringify(name)} is named twice`);
    taken.add(name);
  };
  take('partitionKey.name', table.partitionKey.name);
  take('sortKey.name', table.sortKey?.name);
  for (const setting of INTERNAL_ATTRIBUTES) take(setting, table[setting]);
  if (table.attributes !== 'own') {
    for (const name of table.attributes.shared) {
      take('attributes.shared', name);
      if (RESERVED_NAMES.includes(name)) {
        throw fault(`${where}.attributes.shared`, `${JSON.stringify(name)} is reserved, no write can have it`);
      }
    }
  }
  if (table.expiresAttribute === undefined) return;
  if (table.attributes !== 'own') {
    throw fault(`${where}.expiresAttribute`, "would let DynamoDB delete others' attributes too; leave it out");
  }
  if (table.deletedAttribute === undefined) {
    throw fault(`${where}.expiresAttribute`, 'is for deleted items, which need a deletedAttribute');
  }
}

/** Whether two collections could have items of the same key, as far as the texts before the first parts tell. */
function mayMeet(a: TableSettings, b: TableSettings): boolean {
  if (a.name === undefined || a.name !== b.name) return false;
  return [
    [a.partitionKey, b.partitionKey],
    [a.sortKey, b.sortKey],
  ].every(([one, other]) => {
    const [first, second] = [one, other].map((key) => new Template(key?.template ?? ' ').prefix) as [string, string];
    return first.startsWith(second) || second.startsWith(first);
  });
}

function fault(setting: string, message: string): ConfigurationError {
  return new ConfigurationError(`${setting}: ${message}`, { setting });
}
