import type { WriteBehindClient } from '../client/client.ts';
import { InvalidInputError } from '../lib/errors.ts';
import { checkKey } from '../lib/model/key.ts';
import { UsageError } from './errors.ts';
import { linesOf } from './input.ts';
import { entriesOf } from './paging.ts';
import type { Terminal } from './terminal.ts';

/**
 * The keys in a file, one a line.
 *
 * @param file path, or `-` for standard input
 * @throws {UsageError} it cannot be read, or a line is no key
 */
export async function* keysOfFile(file: string, terminal: Pick<Terminal, 'input'>): AsyncGenerator<string> {
  for await (const { number, text } of linesOf(file, terminal)) {
    try {
      checkKey(text);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new UsageError(`${file}, line ${number}: ${error.message}`, { cause: error });
    }
    yield text;
  }
}

/** The keys of a listable collection, those created last first. */
export async function* keysOfCollection(api: WriteBehindClient, collection: string): AsyncGenerator<string> {
  const readPage = async (limit: number, cursor: string | undefined) => {
    const page = await api.list(collection, { limit, ...(cursor !== undefined && { cursor }) });
    return { entries: page.items, cursor: page.cursor };
  };
  for await (const { key } of entriesOf(readPage, Infinity)) yield key;
}
