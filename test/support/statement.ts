import type { AttributeValue, BatchStatementRequest } from '@aws-sdk/client-dynamodb';

/** What a statement of the product's batches says. */
export interface ReadStatement {
  readonly kind: 'INSERT' | 'UPDATE';
  /** The attributes that are written, the key included. */
  readonly item: Record<string, AttributeValue>;
  /** The version that an update replaces; `undefined`: any. */
  readonly over: AttributeValue | undefined;
  /** Place of the item's key among the parameters. */
  readonly keyAt: number;
}

/** Reads a statement as `lib/store/statement-batches.ts` writes it. @throws from any other */
export function readStatement({ Statement = '', Parameters = [] }: BatchStatementRequest): ReadStatement {
  const [, kind] = /^(INSERT|UPDATE) /.exec(Statement) ?? [];
  const [writes = '', condition = ''] = Statement.split(' WHERE ');
  const namesIn = (text: string) => [...text.matchAll(/['"]([^'"]+)['"][:=]\?/g)].map(([, name]) => name!);
  const written = namesIn(writes);
  const names = [...written, ...namesIn(condition)];
  const keyAt = names.indexOf('pk');
  if (!kind || names.length !== Parameters.length || keyAt < 0) throw new Error(`Not of a batch: ${Statement}`);
  const overAt = names.indexOf('_v', written.length);
  return {
    kind: kind as ReadStatement['kind'],
    item: { ...Object.fromEntries(written.map((name, index) => [name, Parameters[index]!])), pk: Parameters[keyAt]! },
    over: Parameters[overAt],
    keyAt,
  };
}
