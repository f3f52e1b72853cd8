import type { Readable } from 'node:stream';
import type { ProgressScreen } from './progress.ts';

/** What a command talks to. */
export interface Terminal extends ProgressScreen {
  /** Takes results: standard output. */
  out(text: string): void;
  /** Takes a line for the person at the terminal: standard error. */
  line(text: string): void;
  /** Standard error, where it is a terminal. */
  readonly terminal: NodeJS.WriteStream | undefined;
  /** Standard input. */
  readonly input: Readable;
  /** Aborts when the person has had enough. From the first look at it on, a first Ctrl-C does that and nothing else. */
  readonly interrupted: AbortSignal;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  let controller: AbortController | undefined;
  return {
    out: (text) => void process.stdout.write(text),
    line: (text) => void process.stderr.write(`${text}\n`),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    input: process.stdin,
    get interrupted() {
      if (!controller) {
        controller = new AbortController();
        process.once('SIGINT', () => controller!.abort());
      }
      return controller.signal;
    },
  };
}
