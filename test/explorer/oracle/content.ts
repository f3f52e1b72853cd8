/**
 * Values tell their own story. A put leaves `{r: its id, n: 0}`, a patch sets a mark `m<id>` and adds 1 to `n`; a delete leaves
 * nothing. So the value of an item says which put it goes back to and which patches it contains; and a patch that was applied
 * twice makes `n` greater than the number of marks.
 */
export interface Content {
  readonly version: number;
  readonly deleted: boolean;
  /** The put that it goes back to; without one it goes back to a delete or to nothing. */
  readonly put: number | undefined;
  readonly patches: ReadonlySet<number>;
  readonly n: number;
}

/** The value that a put writes. */
export function putValue(id: number): { r: number; n: number } {
  return { r: id, n: 0 };
}

/** What a patch changes. */
export function patchChanges(id: number): { set: Record<string, number>; add: Record<string, number> } {
  return { set: { [`m${id}`]: 1 }, add: { n: 1 } };
}

/** Reads the story. */
export function contentOf(version: number, deleted: boolean, attributes: ReadonlyMap<string, number>): Content {
  return {
    version,
    deleted,
    put: attributes.get('r'),
    patches: new Set(
      [...attributes.keys()].filter((name) => name.startsWith('m')).map((name) => Number(name.slice(1))),
    ),
    n: attributes.get('n') ?? 0,
  };
}

/** Of the fields of an entry, as Valkey has them: `.name` → `<bytes> <json>`. */
export function contentOfFields(fields: ReadonlyMap<string, string>): Content {
  const attributes = [...fields]
    .filter(([name]) => name.startsWith('.'))
    .map(([name, text]) => [name.slice(1), Number(text.slice(text.indexOf(' ') + 1))] as const);
  return contentOf(Number(fields.get('version')), fields.has('deleted'), new Map(attributes));
}

/** Of an item, as the table has it. */
export function contentOfItem(item: Readonly<Record<string, { N?: string; BOOL?: boolean }>>): Content {
  const numbers = Object.entries(item)
    .filter(([name, { N }]) => N !== undefined && !name.startsWith('_'))
    .map(([name, { N }]) => [name, Number(N)] as const);
  return contentOf(Number(item._v?.N ?? 0), item._deleted?.BOOL === true, new Map(numbers));
}

/** Of a value, as a message carries it. */
export function contentOfValue(version: number, deleted: boolean, value: Record<string, unknown>): Content {
  return contentOf(version, deleted, new Map(Object.entries(value).map(([name, n]) => [name, Number(n)])));
}

/** In short. */
export function contentText({ deleted, put, patches, n }: Content): string {
  if (deleted) return 'deleted';
  const parts = [...patches].sort((a, b) => a - b).map((id) => `patch ${id}`);
  if (put !== undefined) parts.unshift(`put ${put}`);
  return `{${[...parts, `n ${n}`].join(', ')}}`;
}
