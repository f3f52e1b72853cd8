/** `npm run demo`: the main job on real input, checked against that input. */
import { localEnvironment } from '../lib/config.ts';
import { WriteBehindError } from '../lib/errors.ts';
import { DemoError, UsageError } from './demo/errors.ts';
import { readFlags, USAGE } from './demo/flags.ts';
import { runDemo } from './demo/run.ts';

const DIFFERENT_OR_FAILED = 1;
const USAGE_MISTAKE = 2;

async function main(): Promise<number> {
  try {
    const flags = readFlags(process.argv.slice(2));
    if (flags.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    return (await runDemo(flags, localEnvironment())) ? 0 : DIFFERENT_OR_FAILED;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\nnpm run demo -- --help lists the options.`);
      return USAGE_MISTAKE;
    }
    if (!(error instanceof DemoError || error instanceof WriteBehindError)) throw error;
    console.error(error.message);
    return DIFFERENT_OR_FAILED;
  }
}

// Who reads only the beginning, as `head` does, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await main();
