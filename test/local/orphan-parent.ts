/** Parent to be killed by a test: starts one server of each kind and prints their process ids as JSON. */
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { startValkey } from '../../local/embedded/valkey.ts';

const servers = await Promise.all([
  startValkey({ searchPath: process.argv[2] }),
  startValkey({ server: 'embedded' }),
  startSqs(),
  startDynamodb(),
]);
process.stdout.write(`${JSON.stringify(servers.map(({ pid }) => pid))}\n`);
