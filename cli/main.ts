#!/usr/bin/env node
/** `write-behind`: the command line. */
import { run } from './run.ts';
import { processTerminal } from './terminal.ts';

// Who reads only the beginning, as `head` does, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await run(process.argv.slice(2), processTerminal());
