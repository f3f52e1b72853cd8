import { createInterface } from 'node:readline/promises';
import { tableLines } from '../format.ts';

const WIDTH = 100;

/** Where the demo writes what people read. */
export class Screen {
  readonly #waits: boolean;

  /** @param waits whether to wait for Enter between steps; without a terminal nobody could press it */
  constructor(waits: boolean) {
    this.#waits = waits && process.stdin.isTTY === true;
    if (waits && !this.#waits) this.line('Standard input is not a terminal: going on without waiting.');
  }

  /** Where a progress bar can be drawn. */
  get terminal(): NodeJS.WriteStream | undefined {
    return process.stdout.isTTY ? process.stdout : undefined;
  }

  /** A line; without text an empty one. */
  line(text = ''): void {
    process.stdout.write(`${text}\n`);
  }

  /** The heading of a part. */
  heading(text: string): void {
    this.line(`\n${text}\n${'─'.repeat(text.length)}`);
  }

  /** Columns, as {@link tableLines} sets them. */
  table(rows: readonly (readonly string[])[]): void {
    for (const row of tableLines(rows)) this.line(row);
  }

  /** A text at the left and one at the right margin. */
  spread(left: string, right: string): void {
    this.line(left.padEnd(WIDTH - right.length - 1).concat(' ', right));
  }

  /** Waits for Enter, if that was wanted. */
  async pause(): Promise<void> {
    if (!this.#waits) return;
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    await terminal.question('    Enter to go on ');
    terminal.close();
  }
}
