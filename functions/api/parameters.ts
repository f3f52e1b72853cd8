import * as z from 'zod';
import { DEFAULT_PAGE, MAX_PAGE } from '../../lib/dead-letters/types.ts';
import { MAX_COLLECTION_BYTES, MAX_ID_BYTES } from '../../lib/model/key.ts';
import { durability } from '../../lib/settings.ts';

interface Parameter {
  readonly description: string;
  readonly schema: z.ZodType;
}

interface HeaderParameter extends Parameter {
  readonly name: string;
}

/** Request headers of the contract, by lower-case name. */
export const headerParameters = {
  'write-durability': {
    name: 'Write-Durability',
    description: "What the acknowledgement promises; the collection's level where it is left out.",
    schema: durability,
  },
  'if-match': {
    name: 'If-Match',
    description:
      'The write takes place only if the item has this version (`"<version>"`, as in the ETag), or exists (`*`).',
    // Up to 16 digits, and exact as a number.
    schema: z.string().regex(/^(\*|"(\d{1,15}|[1-8]\d{15}|900[0-6]\d{12})")$/),
  },
  'if-none-match': {
    name: 'If-None-Match',
    description: 'The write takes place only if the item does not exist.',
    schema: z.literal('*'),
  },
  'idempotency-key': {
    name: 'Idempotency-Key',
    description: 'A retry with the same key and content changes nothing and gets the first answer. Kept per item.',
    schema: z.string().min(1).max(256),
  },
} as const satisfies Record<string, HeaderParameter>;

/** A request header of the contract. */
export type HeaderName = keyof typeof headerParameters;

/** Query parameters of the contract, by name. */
export const queryParameters = {
  limit: { description: 'Most to answer with.', schema: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE) },
  cursor: {
    description: 'The cursor of the page before. Without it: the first page.',
    schema: z.string().min(1).meta({ pattern: '^[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]{16}$' }),
  },
} as const satisfies Record<string, Parameter>;

/** A query parameter of the contract. */
export type QueryName = keyof typeof queryParameters;

/** Path parameters of the contract, by name. */
export const pathParameters: Readonly<Record<string, Parameter>> = {
  collection: {
    description: 'Name of the collection, 1 to 255 bytes of UTF-8 but NUL, percent-encoded; it holds no slash.',
    schema: z.string().min(1).max(MAX_COLLECTION_BYTES).meta({ pattern: '^[^/\u0000]+$' }),
  },
  id: {
    description:
      'Id of the item within its collection, 1 to 512 bytes of UTF-8 but NUL, percent-encoded (a slash is %2F).',
    schema: z.string().min(1).max(MAX_ID_BYTES).meta({ pattern: '^[^\u0000]+$' }),
  },
  deadLetterId: { description: 'Id of the dead letter, as the list gives it.', schema: z.string().min(1) },
};
