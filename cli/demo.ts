/** `npm run demo`: the main job on real input, checked against that input. */
import { WriteBehindError } from '../lib/errors.ts';
import { DemoError } from './demo/errors.ts';
import { demo } from './demo/main.ts';
import { ExitCode, UsageError } from './errors.ts';

async function main(): Promise<ExitCode> {
  try {
    return await demo(process.argv.slice(2), 'npm run demo --');
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nnpm run demo -- --help lists the options.`);
      return ExitCode.usage;
    }
    if (!(error instanceof DemoError || error instanceof WriteBehindError)) throw error;
    console.error(error.message);
    return ExitCode.failed;
  }
}

// Who reads only the beginning, as `head` does, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await main();
