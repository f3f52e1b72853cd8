import { once } from 'node:events';
import type { Command } from 'commander';
import type { Does } from '../context.ts';
import { ExitCode, UsageError } from '../errors.ts';
import * as values from '../values.ts';

interface ConsoleOptions {
  readonly port: number;
}

/** The console page of an API elsewhere. */
export function consoleCommand(program: Command, does: Does): void {
  const console = program
    .command('console')
    .summary('serve the console page for the API')
    .description(
      'Serve the console page on this machine until Ctrl-C, for an API elsewhere, and pass its calls on, signed where the API asks ' +
        'for it. Whoever can reach the port, on this machine only, acts with your rights.',
    )
    .option('--port <n>', 'port on 127.0.0.1, 0 for any', values.wholeNumber(0, 65_535), 3001);
  does(console, async (context, command) => {
    const { interrupted } = context.terminal;
    // Most commands go without: they should not have to load what bundles the page.
    const { serveConsole } = await import('../../console/serve.ts');
    const { port } = command.opts<ConsoleOptions>();
    const { url, close } = await serveConsole({ ...context.target, port }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') throw new UsageError(`--port: ${port} is taken; give another`, { cause });
      throw cause;
    });
    context.print({ url }, () => `console: ${url}`);
    if (!interrupted.aborted) await once(interrupted, 'abort');
    await close();
    return ExitCode.done;
  });
}
