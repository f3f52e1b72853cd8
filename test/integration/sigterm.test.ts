/** `npm start` is ended in the middle of load: what it acknowledged is in the database when it is gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { scanTable } from './drained.ts';

const CLIENTS = 8;
const ENOUGH = 400;
const LEVELS = ['cache', 'queue', 'database'];

let dynamodb: EmbeddedServer;
beforeAll(async () => {
  dynamodb = await startDynamodb({});
});
afterAll(() => dynamodb.stop());

test('SIGTERM in the middle of load loses nothing that was acknowledged', async () => {
  const { valkeyServer, searchPath } = localEnvironment();
  const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--port', '0'], {
    env: {
      PATH: searchPath,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      ...(valkeyServer && { VALKEY_SERVER: valkeyServer }),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const [ready] = await once(child.stdout, 'data');
  const url = String(ready).slice('ready '.length).trim();

  /** The last acknowledged value of each item. */
  const owed = new Map<string, number>();
  let acknowledged = 0;
  let refused = 0;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let n = 0; ; n++) {
      // A client has its own items, so that its last acknowledged write is theirs.
      const key = `sigterm/${client}-${n % 10}`;
      try {
        const response = await fetch(`${url}/items/${key}`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json', 'write-durability': LEVELS[n % LEVELS.length]! },
          body: JSON.stringify({ value: { n } }),
        });
        await response.text();
        if (!response.ok) throw new Error(String(response.status));
        owed.set(key, n);
        acknowledged += 1;
        if (acknowledged === ENOUGH) child.kill('SIGTERM');
      } catch {
        refused += 1;
        return;
      }
    }
  });
  await Promise.all(clients);
  const [code] = await exited;
  expect(code).toBe(0);
  expect(refused).toBe(CLIENTS);
  expect(acknowledged).toBeGreaterThanOrEqual(ENOUGH);

  const table = await scanTable(dynamodb.url, 'write-behind');
  // The request that was cut may have been carried out.
  const missing = [...owed].filter(([key, n]) => !(Number(table.get(key)?.n) >= n));
  expect(missing).toEqual([]);
}, 120_000);
