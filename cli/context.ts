import type { Command } from 'commander';
import type { WriteBehindClient } from '../client/client.ts';
import { commandEnvironment } from '../lib/environment.ts';
import { type ConnectOptions, connect, type Target, targetOf } from './connect.ts';
import type { ExitCode } from './errors.ts';
import { type Progress, startProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** Options that every command has. */
export interface GlobalOptions extends ConnectOptions {
  readonly json?: boolean;
}

/** What a command works with. */
export class Context {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  #api: WriteBehindClient | undefined;

  constructor(terminal: Terminal, options: GlobalOptions) {
    this.terminal = terminal;
    this.options = options;
  }

  /** The API, as the options say; made when it is first asked for. */
  get api(): WriteBehindClient {
    this.#api ??= connect(this.options, commandEnvironment());
    return this.#api;
  }

  /** Where the API is, and who signs. */
  get target(): Target {
    return targetOf(this.options, commandEnvironment());
  }

  /** Another client of the API, with options of its own. */
  apiWith(options: ConnectOptions): WriteBehindClient {
    return connect({ ...options, ...this.options }, commandEnvironment());
  }

  /** Prints a result: as a line of JSON where that was asked for, else as text. */
  print(value: unknown, text: () => string | readonly string[]): void {
    const lines = this.options.json ? JSON.stringify(value) : [text()].flat().join('\n');
    if (lines !== '') this.terminal.out(`${lines}\n`);
  }

  /** Shows progress on standard error. @param unit what is counted, in the plural */
  progress(total: number, unit: string): Progress {
    return startProgress(this.terminal, total, unit);
  }
}

/** What a command does. */
export type Action = (context: Context, command: Command) => Promise<ExitCode>;

/** Makes a command do something, when it is chosen. */
export type Does = (command: Command, action: Action) => Command;
