import { Command } from 'commander';
import { readManifest } from '../own-files.ts';
import { batchCommand } from './commands/batch.ts';
import { consoleCommand } from './commands/console.ts';
import { costCommand } from './commands/cost.ts';
import { deadLetterCommands } from './commands/dead-letters.ts';
import { demoCommand } from './commands/demo.ts';
import { flushCommand } from './commands/flush.ts';
import { insightCommands } from './commands/insight.ts';
import { itemCommands } from './commands/items.ts';
import { listCommands } from './commands/lists.ts';
import { loadCommand } from './commands/load.ts';
import { pauseCommands } from './commands/pause.ts';
import { postgresSchemaCommand } from './commands/postgres-schema.ts';
import { reshapeCommand } from './commands/reshape.ts';
import { startCommand } from './commands/start.ts';
import { verifyCommand } from './commands/verify.ts';
import { waitCommand } from './commands/wait.ts';
import { warmCommand } from './commands/warm.ts';
import { Context, type Does, type GlobalOptions } from './context.ts';
import type { ExitCode } from './errors.ts';
import type { Terminal } from './terminal.ts';
import * as values from './values.ts';

/** Columns of the help, whatever the terminal, so that the docs can show it. */
const HELP_WIDTH = 100;

const EXIT_CODES = `
Exit codes: 0 done; 1 failed, or differences or failures were found; 2 the command line or what it
names is wrong; 3 the API cannot be reached or can do nothing now, try again later.`;

const ALSO = `
Every command also takes --api, --json, --sign, --region and --retries: write-behind --help.`;

/**
 * The whole command line.
 *
 * @param ended hears the exit code of the command that was carried out
 */
export function createProgram(terminal: Terminal, ended: (code: ExitCode) => void): Command {
  const program = new Command('write-behind')
    .description('Drive a write-behind cache over its HTTP API.')
    .version(readManifest().version, '-V, --version', 'print the version')
    .option('--api <url>', 'address of the API (default: WRITE_BEHIND_API, else http://localhost:3000)')
    .option('--json', 'print JSON, one document a line; errors, too, on standard error')
    .option('--sign', 'sign requests with AWS credentials (default: for addresses of API Gateway)')
    .option('--no-sign', 'do not sign')
    .option('--region <name>', "region to sign for (default: the address's, else AWS_REGION)")
    .option(
      '--retries <n>',
      'attempts after the first, where that can help (default: 5; load: 0)',
      values.wholeNumber(0, 100),
    )
    .addHelpText('afterAll', ({ command }) => (command.parent ? ALSO : EXIT_CODES))
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.line(text.trimEnd()),
      // Whoever runs the program says it, in the form that was asked for.
      outputError: () => undefined,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  const does: Does = (command, action) =>
    command.action(async () => {
      ended(await action(new Context(terminal, program.opts<GlobalOptions>()), command));
    });
  itemCommands(program, does);
  batchCommand(program, does);
  listCommands(program, does);
  insightCommands(program, does);
  flushCommand(program, does);
  pauseCommands(program, does);
  waitCommand(program, does);
  verifyCommand(program, does);
  deadLetterCommands(program, does);
  warmCommand(program, does);
  reshapeCommand(program, does);
  loadCommand(program, does);
  consoleCommand(program, does);
  costCommand(program, does);
  postgresSchemaCommand(program, does);
  startCommand(program, does);
  demoCommand(program, does);
  return program;
}
