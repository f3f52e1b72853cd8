import * as z from 'zod';
import { type DeadLetterSelection, MAX_NAMED } from '../../lib/dead-letters/types.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import { MAX_ACTOR_CHARACTERS, MAX_COMMENT_BYTES } from '../../lib/model/key.ts';
import type { Increment } from '../../lib/model/operation.ts';
import { RESERVED_NAMES } from '../../lib/model/value.ts';
import { durability } from '../../lib/settings.ts';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Never z.record: it drops `__proto__` without a word, which must reach the checks of the model to be refused by name.
// What is within is the model's to check; here only what it takes for granted.
function objectOf<T extends object>(meta: Record<string, unknown>) {
  return z.custom<T>(isObject, 'must be an object').meta({ type: 'object', ...meta });
}

// What follows describes what the model checks, for those who read the document; where JSON Schema cannot say it, words do.
const NAME = { minLength: 1, maxLength: 65_535, not: { enum: RESERVED_NAMES } };
const number = z.number().meta({
  anyOf: [{ const: 0 }, { minimum: 1e-130, exclusiveMaximum: 1e126 }, { exclusiveMinimum: -1e126, maximum: -1e-130 }],
});

/** An `add` with bounds. */
export const increment = z.strictObject({ by: number, min: number.exactOptional(), max: number.exactOptional() });

/** What an attribute holds. */
export const json = z.unknown().meta({
  description:
    'Any JSON in at most 31 levels; at every level numbers that JSON and DynamoDB carry exactly, and names that are not empty.',
  anyOf: [
    { type: ['string', 'boolean', 'null'] },
    { $ref: '#/components/schemas/Number' },
    // Not of themselves again: tools that make examples would go on without an end.
    { type: 'array' },
    { type: 'object', propertyNames: { minLength: 1, maxLength: 65_535 } },
  ],
});
/** A number that DynamoDB takes. */
export const storableNumber = number;

/** An item's attributes. */
export const value = objectOf<JsonObject>({
  description: 'The attributes of an item: at most 1000, and 350 KiB by the formula of DynamoDB.',
  propertyNames: NAME,
  additionalProperties: { $ref: '#/components/schemas/Json' },
});

const increments = z
  .custom<Record<string, number | Increment>>(isObject, 'must be an object')
  .superRefine((members, ctx) => {
    for (const [name, member] of Object.entries(members)) {
      if (typeof member === 'number') continue;
      const [issue] = increment.safeParse(member).error?.issues ?? [];
      if (!issue) continue;
      const message = isObject(member) ? issue.message : 'must be a number or an object with by, min and max';
      ctx.addIssue({ code: 'custom', path: [name, ...issue.path], message });
      // Only the first is told, and a body has room for very many.
      return;
    }
  })
  .meta({
    type: 'object',
    description:
      'Numbers to add, by attribute; a missing attribute starts at 0. A sum outside `min` and `max` is refused (409).',
    propertyNames: NAME,
    additionalProperties: {
      anyOf: [{ $ref: '#/components/schemas/Number' }, { $ref: '#/components/schemas/Increment' }],
    },
  });

const numbers = (description: string) =>
  objectOf<Record<string, number>>({
    description,
    propertyNames: NAME,
    additionalProperties: { $ref: '#/components/schemas/Number' },
  });

const ACTOR = "one line of at most 256 characters, without control characters or controls of the text's direction";
const COMMENT = 'at most 1 KiB of UTF-8, line breaks included';

// As `checkAuthor` has it.
const ACTOR_TEXT = {
  maxLength: MAX_ACTOR_CHARACTERS,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$',
};
const COMMENT_TEXT = { maxLength: MAX_COMMENT_BYTES };

const author = {
  actor: z
    .string()
    .meta({ description: `Who makes the change: ${ACTOR}.`, ...ACTOR_TEXT })
    .exactOptional(),
  comment: z
    .string()
    .meta({ description: `Why: ${COMMENT}.`, ...COMMENT_TEXT })
    .exactOptional(),
};

const changes = {
  set: value.describe('Attributes that get a new value.').exactOptional(),
  add: increments.exactOptional(),
  max: numbers('Numbers of which the greater is kept.').exactOptional(),
  min: numbers('Numbers of which the smaller is kept.').exactOptional(),
  remove: z
    .array(z.string().meta(NAME))
    .meta({ description: 'Attributes that go away.', uniqueItems: true })
    .exactOptional(),
};
/** A patch changes something; no attribute stands in two operators, which only words can say. */
const ANY_CHANGE = {
  description: 'An attribute may stand in one operator only; at most 1000 of them change.',
  anyOf: Object.keys(changes).map((operator) => ({
    required: [operator],
    properties: { [operator]: operator === 'remove' ? { minItems: 1 } : { minProperties: 1 } },
  })),
};

/** Body of a PUT and of an append. */
export const putBody = z.strictObject({ value, ...author });
/** Body of a PATCH. */
export const patchBody = z.strictObject({ ...changes, ...author }).meta(ANY_CHANGE);
const key = z.string().meta({
  description: '`collection/id`; the collection ends at the first slash. As the parts of a path are.',
  pattern: '^[^/\\u0000]+/[^\\u0000]+$',
});
const MAX_FLUSHED_KEYS = 100;

/** Body of a flush-now. */
export const flushBody = z
  .strictObject({
    keys: z.array(key).min(1).max(MAX_FLUSHED_KEYS).exactOptional().describe('Only these items.'),
    collection: z
      .string()
      .meta({ description: 'Instead of `keys`: only the items of this collection.', pattern: '^[^/\\u0000]+$' })
      .exactOptional(),
    limit: z.int().min(1).exactOptional().describe('Most items to flush. Without it: all that fit into 20 s.'),
  })
  .superRefine(({ keys, collection }, ctx) => {
    if (keys === undefined || collection === undefined) return;
    ctx.addIssue({ code: 'custom', path: ['keys'], message: 'give keys or a collection, not both' });
  })
  .meta({ not: { required: ['keys', 'collection'] } });

const selection = {
  ids: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(MAX_NAMED)
    .exactOptional()
    .describe('Ids, as the list gives them.'),
  all: z.literal(true).exactOptional().describe('Instead of `ids`: every dead letter.'),
};
type Selected = { readonly ids?: string[]; readonly all?: true };
const eitherIdsOrAll = [{ required: ['ids'] }, { required: ['all'] }];

function checkSelection({ ids, all }: Selected, ctx: z.RefinementCtx): void {
  if ((ids === undefined) !== (all === undefined)) return;
  ctx.addIssue({ code: 'custom', path: ['ids'], message: 'either ids or all must be given' });
}

/** Body of a redrive. */
export const redriveBody = z
  .strictObject(selection)
  .superRefine(checkSelection)
  .transform((body) => body as DeadLetterSelection)
  .meta({ oneOf: eitherIdsOrAll });
/** Body of a discard. */
export const discardBody = z
  .strictObject({
    ...selection,
    actor: z
      .string()
      .min(1)
      .meta({ description: `Who gives them up: ${ACTOR}.`, ...ACTOR_TEXT }),
    comment: z
      .string()
      .min(1)
      .meta({ description: `Why: ${COMMENT}.`, ...COMMENT_TEXT }),
  })
  .superRefine(checkSelection)
  .transform((body) => body as DeadLetterSelection & { actor: string; comment: string })
  .meta({ oneOf: eitherIdsOrAll });

/** Body of a pause. */
export const pauseBody = z.strictObject({
  actor: z.string().min(1).max(100).exactOptional().describe('Who pauses. Without it: the verified caller.'),
  reason: z.string().min(1).max(200).exactOptional().describe('Why, for those who see that nothing is flushed.'),
});
/** Body of a resume. */
export const resumeBody = z.strictObject({
  itemsPerSecond: z
    .number()
    .min(1)
    .max(100_000)
    .exactOptional()
    .describe(
      'How fast what waits since before the resume is stored, all flushes together; the answer may then take 15 s, where flushing was paused only just before. Without it: as fast as it goes.',
    ),
});

/** A version as answers give it. */
export const version = z.int().min(0).describe('µs since the epoch; strictly increasing per item.');
const options = {
  durability: durability.exactOptional(),
  ifMatch: z
    .union([version, z.enum(['*', 'none'])])
    .exactOptional()
    .describe('A version, `*` (the item must exist) or `none` (it must not).'),
  idempotencyKey: z.string().min(1).max(256).exactOptional(),
};

/** The kinds of operation in a batch, by `op`. */
export const operations = {
  put: z.strictObject({
    op: z.literal('put'),
    key,
    value,
    isNew: z
      .boolean()
      .exactOptional()
      .describe(
        'The id was made for this item, as an append makes it: it need not be looked up, which a put into a listable collection costs.',
      ),
    ...author,
    ...options,
  }),
  patch: z.strictObject({ op: z.literal('patch'), key, ...changes, ...author, ...options }).meta(ANY_CHANGE),
  delete: z.strictObject({ op: z.literal('delete'), key, ...author, ...options }),
  get: z.strictObject({ op: z.literal('get'), key }),
};

/** One element of a batch. */
export const operation = z.discriminatedUnion(
  'op',
  [operations.put, operations.patch, operations.delete, operations.get],
  'must be an object whose op is put, patch, delete or get',
);

/** Most operations in one batch. */
export const MAX_BATCH_OPERATIONS = 100;

/** Body of a batch. The operations are checked one by one later, so that a bad one fails alone. */
export const batchBody = z.strictObject({
  operations: z
    .array(z.unknown().meta({ $ref: '#/components/schemas/Operation' }))
    .min(1)
    .max(MAX_BATCH_OPERATIONS),
});
