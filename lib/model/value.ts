import { InvalidInputError } from '../errors.ts';
import { isStorableNumber, type Json, type JsonObject } from './json.ts';
import { pathText } from './path.ts';

/**
 * Containers (objects and arrays) that may enclose a scalar, the item itself not counted: an attribute that is a scalar
 * has 0 levels, `{ tags: ['a'] }` has 1. DynamoDB counts 32, the scalar included.
 */
export const MAX_LEVELS = 31;
/** Attributes at the top level of an item. */
export const MAX_ATTRIBUTES = 1000;
/** Longest attribute name that DynamoDB takes at any depth, bytes of UTF-8. */
const MAX_NAME_BYTES = 65_535;

// `__proto__` is refused at top level only: the SDK keeps it in nested maps and loses it there.
/** Names that no attribute of an item can have. */
export const RESERVED_NAMES: readonly string[] = [
  'pk',
  '_v',
  '_at',
  '_by',
  '_comment',
  '_deleted',
  '_ttl',
  '__proto__',
];

// The largest item has 350 KiB; divided by this it is 1000 KiB of JSON text, which leaves 24 KiB of SQS's 1 MiB for the
// key, the author and the commas.
const BYTES_PER_JSON_BYTE = 0.35;

/**
 * What a value counts towards the size of its item, in bytes: the greater of
 *
 * - its size in DynamoDB: UTF-8 for strings; 1 for booleans and null; 3 for a list or map and 1 more for each element, plus
 *   the elements and, in maps, the UTF-8 of their names; for numbers an upper bound: 2, half the significant digits
 *   (rounded down), and 1 for a minus sign. (AWS documents "about" 1 byte for two digits and 1 more. Digits are said to
 *   be paired from the decimal point outwards, so `1.5` takes a byte more than `15`; hence the bound.)
 * - 0.35 × the UTF-8 of its JSON text, because a signal carries the item as JSON text, not packed into a JSON string, and SQS takes 1 MiB.
 *   Text with many control characters (6 bytes each, as `\u0001`) is small in DynamoDB and large in a message; so are U+FFFE
 *   and U+FFFF, which SQS takes only escaped.
 *
 * @param value a value that `checkValue` accepts
 */
export function attributeBytes(value: Json): number {
  return counted(storedBytes(value), JSON.stringify(value));
}

/** An attribute as the cache keeps it, and what it counts. */
export interface EncodedAttribute {
  readonly name: string;
  /** The value as JSON text. */
  readonly json: string;
  /** What name and value count towards the size of the item, by the formula of `attributeBytes`. */
  readonly bytes: number;
}

/** An attribute with its JSON text and its size; value and name must have been checked. */
export function encodeAttribute(name: string, value: Json): EncodedAttribute {
  const json = JSON.stringify(value);
  // The quotes around the name are left to the spare 24 KiB, like the colon and the comma.
  const nameBytes = counted(Buffer.byteLength(name), JSON.stringify(name).slice(1, -1));
  return { name, json, bytes: nameBytes + counted(storedBytes(value), json) };
}

function counted(stored: number, json: string): number {
  const bytes = Buffer.byteLength(json);
  const isAscii = bytes === json.length;
  const escaped = isAscii ? 0 : (json.match(/[\uFFFE\uFFFF]/g)?.length ?? 0);
  return Math.max(stored, Math.ceil(BYTES_PER_JSON_BYTE * (bytes + 3 * escaped)));
}

function storedBytes(value: Json): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return numberBytes(value);
  if (value === null || typeof value === 'boolean') return 1;
  let bytes = 3;
  if (Array.isArray(value)) {
    for (const element of value) bytes += 1 + storedBytes(element);
  } else {
    for (const [name, element] of Object.entries(value)) bytes += 1 + Buffer.byteLength(name) + storedBytes(element);
  }
  return bytes;
}

function numberBytes(n: number): number {
  if (n === 0) return 1;
  const [mantissa = ''] = String(Math.abs(n)).split('e');
  const digits = mantissa.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;
  return 2 + Math.floor(digits / 2) + (n < 0 ? 1 : 0);
}

/**
 * Refuses a value that cannot be an item: what is not JSON (`undefined`, functions, dates, class instances, holes in
 * arrays, NaN), and everything that DynamoDB or the SDK would refuse or change. Sizes are not checked here.
 *
 * @param path what the value is called in errors
 * @throws {InvalidInputError} whose path names the part at fault, such as `value.a[3]`
 */
export function checkValue(value: unknown, path = 'value'): asserts value is JsonObject {
  if (!isPlainObject(value)) throw new InvalidInputError('The value must be a plain JSON object.', path);
  const names = Object.keys(value);
  if (names.length > MAX_ATTRIBUTES) {
    throw new InvalidInputError(`The value has ${names.length} attributes, allowed are ${MAX_ATTRIBUTES}.`, path);
  }
  const steps: (string | number)[] = [];
  for (const name of names) {
    steps[0] = name;
    checkTopLevelName(name, path, steps);
    checkJson(value[name], path, steps);
  }
}

/**
 * Refuses a name that no attribute of an item can have: empty, reserved (`pk _v _at _by _comment _deleted _ttl`),
 * `__proto__`, longer than 65,535 bytes, or with an unpaired surrogate.
 *
 * @param path where the name stands, for errors
 * @throws {InvalidInputError}
 */
export function checkAttributeName(name: unknown, path: string): asserts name is string {
  if (typeof name !== 'string') throw new InvalidInputError('An attribute name must be a string.', path);
  checkTopLevelName(name, path, []);
}

/**
 * Refuses what is not a number that DynamoDB stores: zero or 1e-130 ≤ |n| < 1e126.
 *
 * @throws {InvalidInputError} with this path
 */
export function checkNumber(n: unknown, path: string): asserts n is number {
  if (typeof n !== 'number' || !isStorableNumber(n)) {
    throw new InvalidInputError('A number must be 0 or 1e-130 ≤ |n| < 1e126.', path);
  }
}

function checkTopLevelName(name: string, root: string, steps: readonly (string | number)[]): void {
  if (RESERVED_NAMES.includes(name)) {
    throw new InvalidInputError(`The attribute name ${JSON.stringify(name)} is reserved.`, pathText(root, steps));
  }
  checkName(name, root, steps);
}

function checkName(name: string, root: string, steps: readonly (string | number)[]): void {
  if (name === '') throw new InvalidInputError('An attribute name is empty.', pathText(root, steps));
  if (!name.isWellFormed()) {
    throw new InvalidInputError('An attribute name has an unpaired surrogate.', pathText(root, steps));
  }
  // No UTF-16 unit takes more than 3 bytes.
  if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new InvalidInputError(`An attribute name is over ${MAX_NAME_BYTES} bytes.`, pathText(root, steps));
  }
}

/** @param steps the way to `value`; restored before returning, and made text only for an error */
function checkJson(value: unknown, root: string, steps: (string | number)[]): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) {
      throw new InvalidInputError('A string has an unpaired surrogate.', pathText(root, steps));
    }
  } else if (typeof value === 'number') {
    if (!isStorableNumber(value)) checkNumber(value, pathText(root, steps));
  } else if (Array.isArray(value)) {
    enter(root, steps);
    // By index, because a hole must be seen: it reads as undefined.
    for (let index = 0; index < value.length; index += 1) {
      steps.push(index);
      checkJson(value[index], root, steps);
      steps.pop();
    }
  } else if (isPlainObject(value)) {
    enter(root, steps);
    for (const name of Object.keys(value)) {
      steps.push(name);
      checkName(name, root, steps);
      checkJson(value[name], root, steps);
      steps.pop();
    }
  } else {
    throw new InvalidInputError(`JSON has no ${typeName(value)}.`, pathText(root, steps));
  }
}

/** Stops before the stack does: the steps to a container are the containers around it, the item included. */
function enter(root: string, steps: readonly (string | number)[]): void {
  if (steps.length > MAX_LEVELS) {
    throw new InvalidInputError(`The value is nested over ${MAX_LEVELS} levels deep.`, pathText(root, steps));
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function typeName(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor?.name ?? 'such object') : typeof value;
}
