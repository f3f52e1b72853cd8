import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** A line of a file. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a file, empty ones left out.
 *
 * @param file path, or `-` for standard input
 * @throws {UsageError} it cannot be read
 */
export async function* linesOf(file: string, { input }: Pick<Terminal, 'input'>): AsyncGenerator<Line> {
  const lines = createInterface({ input: file === '-' ? input : createReadStream(file), crlfDelay: Infinity });
  let number = 0;
  try {
    for await (const text of lines) {
      number += 1;
      if (text.trim() !== '') yield { number, text };
    }
  } catch (error) {
    // What the reader of the lines throws comes by another way.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError(`${file}: cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** What the system says, without the path: `ENOENT: no such file or directory, open 'operations.jsonl'`. */
function reasonOf({ message }: Error): string {
  return message.split(',', 1)[0]!;
}
