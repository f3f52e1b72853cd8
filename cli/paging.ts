import type { Command } from 'commander';
import type { Context } from './context.ts';
import { ExitCode } from './errors.ts';
import { wholeNumber } from './values.ts';

/** How much of something long to show. */
export interface PagingOptions {
  readonly limit: number;
  readonly all?: boolean;
}

/** A page, and where the next begins. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly cursor?: string | undefined;
}

/** Reads a page of at most so many entries. */
export type ReadPage<Entry> = (limit: number, cursor: string | undefined) => Promise<Page<Entry>>;

const DEFAULT_LIMIT = 50;
/** Entries that the API gives at once. */
const PAGE = 100;

/** Gives a command the options of {@link PagingOptions}. */
export function withPaging(command: Command): Command {
  return command
    .option('--limit <n>', 'so many at most', wholeNumber(1), DEFAULT_LIMIT)
    .option('--all', 'all there are, however many');
}

/**
 * Reads page by page.
 *
 * @param most entries; then it ends, and `onMore` hears if there are more
 */
export async function* entriesOf<Entry>(
  readPage: ReadPage<Entry>,
  most: number,
  onMore: () => void = () => undefined,
): AsyncGenerator<Entry> {
  let left = most;
  let cursor: string | undefined;
  do {
    const page = await readPage(Math.min(left, PAGE), cursor);
    yield* page.entries;
    left -= page.entries.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
  if (cursor !== undefined) onMore();
}

/** Prints entries as they come, one a line with `--json`. */
export async function printEntries<Entry>(
  context: Context,
  { limit, all }: PagingOptions,
  readPage: ReadPage<Entry>,
  text: (entry: Entry) => string | readonly string[],
): Promise<ExitCode> {
  const sayMore = () => context.terminal.line('There are more: --limit N shows so many, --all shows all.');
  let none = true;
  for await (const entry of entriesOf(readPage, all ? Infinity : limit, sayMore)) {
    none = false;
    context.print(entry, () => text(entry));
  }
  if (none) context.terminal.line('There are none.');
  return ExitCode.done;
}
