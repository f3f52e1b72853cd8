import * as z from 'zod';
import type { WriteRequest } from '../cache/write-request.ts';
import type { Image } from '../model/image.ts';
import { type Json, type JsonObject, readJson } from '../model/json.ts';

/** One acknowledged write, as the history keeps it. */
export interface Change {
  /** Version that the write made, µs since the epoch. */
  readonly version: number;
  readonly op: 'put' | 'patch' | 'delete';
  /** Attributes that got these values; for a put, all that the item has after it. */
  readonly set: JsonObject;
  /** Names of attributes that went away by a patch. */
  readonly removed: readonly string[];
  /** Verified identity of the caller, where there was one. */
  readonly caller?: string;
  /** Who made the change, as the caller said. */
  readonly actor?: string;
  /** Why, as the caller said. */
  readonly comment?: string;
}

/** A change as JSON text holds it; without `set` and `removed` where they are empty. */
export const changeSchema = z.strictObject({
  version: z.int().positive(),
  op: z.enum(['put', 'patch', 'delete']),
  /** In messages: names of those attributes of the value that the newest change has set. */
  names: z.array(z.string()).optional(),
  set: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)).optional(),
  removed: z.array(z.string()).optional(),
  caller: z.string().optional(),
  actor: z.string().optional(),
  comment: z.string().optional(),
});

/** The same as another version may have written it, which has added something: as the history keeps it, and messages of the next format. */
export const anyChangeSchema = changeSchema.strip();

/** A change without its empty members. */
export function changeJson({ set, removed, ...change }: Change): Record<string, unknown> {
  return {
    ...change,
    ...(Object.keys(set).length > 0 && { set }),
    ...(removed.length > 0 && { removed }),
  };
}

/** Reads what {@link changeJson} made, checked by {@link changeSchema}. */
export function changeFromJson({
  set,
  removed,
  names: _names,
  caller,
  actor,
  comment,
  ...change
}: z.output<typeof changeSchema>): Change {
  return { ...change, set: set ?? {}, removed: removed ?? [], ...said({ caller, actor, comment }) };
}

/** The change that a write made; `image` is the state after it. */
export function changeOf({ change, caller, actor, comment }: WriteRequest, version: number, image: Image): Change {
  const names = change.op === 'patch' ? change.steps.map(([, name]) => name) : Object.keys(image.value);
  const [kept, removed] = [[], []] as [string[], string[]];
  for (const name of names) (Object.hasOwn(image.value, name) ? kept : removed).push(name);
  const set = Object.fromEntries(kept.map((name) => [name, image.value[name]!]));
  return { version, op: change.op, set, removed, ...said({ caller, actor, comment }) };
}

/**
 * Reads changes as the write script logs them: each has the number of elements that follow and the bytes that were logged before it; version,
 * operation, caller, actor, comment; the number of elements that set attributes, these as name and text; names of removed attributes; and
 * again the number of elements, the version and the bytes that were logged with it. Those of the version before begin with the number
 * alone, and have no such end.
 */
export function decodeLog(flat: readonly string[]): Change[] {
  const changes: Change[] = [];
  for (let at = 0, end: number; at < flat.length; at = end) {
    const [elements, before] = flat[at]!.split(' ');
    end = at + 1 + Number(elements);
    const [version, op, caller, actor, comment, count, ...names] = flat.slice(at + 1, end);
    const set: [string, Json][] = [];
    for (let i = 0; i < Number(count); i += 2) {
      const text = names[i + 1]!;
      set.push([names[i]!.slice(1), readJson(text.slice(text.indexOf(' ') + 1))]);
    }
    changes.push({
      version: Number(version),
      op: op as Change['op'],
      set: Object.fromEntries(set),
      removed: names.slice(Number(count), before === undefined ? undefined : -1),
      ...said({ caller: caller || undefined, actor: text(actor!), comment: text(comment!) }),
    });
  }
  return changes;
}

/** Tells "not given" from an empty text, as the write script's arguments do. */
function text(given: string): string | undefined {
  return given === '' ? undefined : given.slice(1);
}

type Said = Pick<Change, 'caller' | 'actor' | 'comment'>;

function said(who: Record<keyof Said, string | undefined>): Said {
  return Object.fromEntries(Object.entries(who).filter(([, value]) => value !== undefined));
}
