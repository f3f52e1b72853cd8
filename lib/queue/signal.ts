import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InvalidMessageError, MessageFormatError } from '../errors.ts';
import { anyChangeSchema, type Change, changeFromJson, changeJson, changeSchema } from '../history/change.ts';
import { FORMAT, isReadable } from '../model/format.ts';
import type { Image } from '../model/image.ts';
import { type Json, type JsonObject, readJson } from '../model/json.ts';
import { checkAuthorText, checkKey } from '../model/key.ts';
import { checkValue } from '../model/value.ts';

/** "This key is dirty": its version, and at `queue` level the whole state. */
export interface Signal {
  readonly key: string;
  readonly version: number;
  readonly image?: Image;
  /** Sent while Valkey was away (rule 12): no entry has this write. */
  readonly pastCache?: true;
  /** Changes for the history, at `queue` level in audited collections. */
  readonly changes?: readonly Change[];
  /** Of a message of the next format: the number, and what it has added. It goes along where the state is passed on. */
  readonly later?: Readonly<Record<string, unknown>>;
}

const body = z.strictObject({
  format: z.int().positive().optional(),
  key: z.string(),
  version: z.int().positive(),
  deleted: z.literal(true).optional(),
  value: z.unknown().optional(),
  actor: z.string().optional(),
  comment: z.string().optional(),
  created: z.int().positive().optional(),
  pastCache: z.literal(true).optional(),
  changes: z.array(changeSchema).optional(),
});

/** The next version may have added something anywhere. */
const bodyOfNext = body.strip().extend({ changes: z.array(anyChangeSchema).optional() });

/** The message group of a key: SQS takes 128 ASCII characters, ids are up to 512 bytes of Unicode. */
export function groupOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/**
 * The dedup id of a signal: a send that is retried is one message. The cause sets apart what must not be swallowed: a
 * signal that carries the value after one that did not, or a redrive of the same version.
 */
export function dedupIdOf(signal: Signal, cause = signal.image ? 'value' : 'mark'): string {
  return `${groupOf(signal.key)}:${signal.version}:${cause}`;
}

/** A signal as the text of a message. */
export function encodeSignal({ key, version, image, pastCache, changes, later }: Signal): string {
  const { deleted, value, actor, comment, created } = image ?? {};
  const text = JSON.stringify({
    key,
    version,
    ...(deleted ? { deleted } : { value }),
    actor,
    comment,
    created,
    pastCache,
    changes: changes?.map((change) => (change.version === version ? named(change) : changeJson(change))),
    format: FORMAT > 1 ? FORMAT : undefined,
    ...later,
  });
  // JSON escapes every other character that SQS does not take.
  return text.replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** The newest change without the values that the message has anyway: it must not be twice as long for the history. */
function named(change: Change): Record<string, unknown> {
  return { ...changeJson({ ...change, set: {} }), names: Object.keys(change.set) };
}

function unnamed(change: z.output<typeof changeSchema>, value: JsonObject): Change {
  const names = change.names?.filter((name) => Object.hasOwn(value, name));
  return changeFromJson(
    names ? { ...change, set: Object.fromEntries(names.map((name) => [name, value[name]!])) } : change,
  );
}

/**
 * Reads a message; what it says is checked like any other input, but for the rules of who writes that apply before it is acknowledged.
 * Members that this version does not know are refused, unless the message is of the next format.
 *
 * @throws {MessageFormatError} it is of a format that this version does not read
 * @throws {InvalidMessageError} saying what is wrong
 */
export function decodeSignal(text: string): Signal {
  try {
    const json = readJson(text);
    const format = formatOf(json);
    if (!isReadable(format)) throw new MessageFormatError(format);
    const schema = format > FORMAT ? bodyOfNext : body;
    const { key, version, deleted, value, actor, comment, created, pastCache, changes } = schema.parse(json);
    checkKey(key);
    checkAuthorText(actor, comment);
    if (deleted && value !== undefined) throw new TypeError('deleted and a value');
    if (!deleted && value === undefined) return { key, version };
    const state = value ?? {};
    checkValue(state);
    // What it says of the history is as much a forger's as the rest.
    for (const change of changes ?? []) {
      if (change.version > version) throw new TypeError('a change that is newer than the message');
      checkValue(change.set ?? {}, 'changes.set');
    }
    const more = {
      ...(actor !== undefined && { actor }),
      ...(comment !== undefined && { comment }),
      ...(created !== undefined && { created }),
    };
    return {
      key,
      version,
      image: { version, deleted: deleted ?? false, value: state, ...more },
      ...(pastCache && { pastCache }),
      ...(changes && {
        changes: changes.map((change) => unnamed(change, state as JsonObject)),
      }),
      ...(format > FORMAT && { later: addedIn(json as JsonObject) }),
    };
  } catch (cause) {
    if (cause instanceof MessageFormatError) throw cause;
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new InvalidMessageError(`The message is not a signal: ${reason}`, {}, { cause });
  }
}

/** The number that a message says it has; what is none is left to the schema. */
function formatOf(json: Json): number {
  const format = typeof json === 'object' && json !== null && !Array.isArray(json) && json.format;
  return typeof format === 'number' && Number.isSafeInteger(format) && format > 0 ? format : 1;
}

function addedIn(json: JsonObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(json).filter(([name]) => name === 'format' || !Object.hasOwn(body.shape, name)),
  );
}
