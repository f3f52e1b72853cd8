import { CacheDamagedError, EntryFormatError } from '../errors.ts';
import { isReadable } from '../model/format.ts';
import type { Image } from '../model/image.ts';
import { type Json, readJson } from '../model/json.ts';
import type { EncodedAttribute } from '../model/value.ts';

/** The cached state of one item. */
export interface Entry extends Image {
  /** Version known to be in DynamoDB, 0 if unknown. */
  readonly persisted: number;
  /** What the store said of the shape of that version, if it did. */
  readonly shape?: string;
  /** Why DynamoDB refused it for good. */
  readonly parked?: string;
}

/** The field of an attribute; the entry's own begin with a letter. */
export function attributeField(name: string): string {
  return `.${name}`;
}

/** `<bytes> <json>`: the scripts need the size of an attribute that they replace, and never parse JSON. */
export function attributeText({ bytes, json }: EncodedAttribute): string {
  return `${bytes} ${json}`;
}

/**
 * Reads the flat field list of an entry; fields that a later format has added are passed over.
 *
 * @throws {CacheDamagedError}
 * @throws {EntryFormatError} another version wrote it, and this one does not read it
 */
export function decodeEntry(fields: readonly string[]): Entry {
  const attributes: [string, Json][] = [];
  const own = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    const text = fields[i + 1]!;
    if (name.startsWith('.')) attributes.push([name.slice(1), attributeOf(text)]);
    else own.set(name, text);
  }
  const format = Number(own.get('format') ?? 1);
  if (!isReadable(format)) throw new EntryFormatError(format);
  const actor = own.get('actor');
  const comment = own.get('comment');
  const parked = own.get('parked');
  const created = own.get('created');
  const version = Number(own.get('version'));
  // Beside another version it is of one that somebody stored who did not know of shapes.
  const [shapeOf, shape] = own.get('shape')?.split(' ') ?? [];
  if (!(version >= 0)) throw new CacheDamagedError('An entry in Valkey has no version.');
  return {
    version,
    persisted: Number(own.get('persisted') ?? 0),
    deleted: own.has('deleted'),
    value: Object.fromEntries(attributes),
    ...(actor !== undefined && { actor }),
    ...(comment !== undefined && { comment }),
    ...(parked !== undefined && { parked }),
    ...(created !== undefined && { created: Number(created) }),
    ...(shapeOf !== undefined && shapeOf === own.get('persisted') && { shape: shape! }),
  };
}

function attributeOf(text: string): Json {
  try {
    return readJson(text.slice(text.indexOf(' ') + 1));
  } catch (cause) {
    throw new CacheDamagedError('An attribute of an entry in Valkey is no JSON.', {}, { cause });
  }
}
