/** `npm start`: the whole product on this machine. */
import { run } from './start.ts';

process.exit(await run(process.argv.slice(2), 'npm start --'));
