import { createInterface } from 'node:readline/promises';

const WIDTH = 100;

/** Where the demo writes what people read. */
export class Screen {
  readonly #waits: boolean;

  /** @param waits whether to wait for Enter between steps; without a terminal nobody could press it */
  constructor(waits: boolean) {
    this.#waits = waits && process.stdin.isTTY === true;
    if (waits && !this.#waits) this.line('Standard input is not a terminal: going on without waiting.');
  }

  /** A line; without text an empty one. */
  line(text = ''): void {
    process.stdout.write(`${text}\n`);
  }

  /** The heading of a part. */
  heading(text: string): void {
    this.line(`\n${text}\n${'─'.repeat(text.length)}`);
  }

  /** Columns, the first to the left, the others to the right, as wide as they have to be. */
  table(rows: readonly (readonly string[])[]): void {
    const widths: number[] = [];
    for (const row of rows) {
      for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
    for (const row of rows) {
      const cells = row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
      );
      this.line(`  ${cells.join('  ')}`.trimEnd());
    }
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

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A count, such as `100,000`. */
export const formatCount = (value: number): string => whole.format(value);

/** A ratio or another number with one decimal. */
export const formatTenths = (value: number): string => tenths.format(value);

/** A duration, such as `3.2 ms` or `41.0 s`. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1000 ? `${tenths.format(ms)} ms` : `${tenths.format(ms / 1000)} s`;
}
