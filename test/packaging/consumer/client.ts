/** Uses the client: `node client.ts URL`. */
import assert from 'node:assert/strict';
import { ApiError, type BatchResult, WriteBehindClient } from 'write-behind/client';
import { sigV4 } from 'write-behind/client/sigv4';

const [url = ''] = process.argv.slice(2);
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const api = new WriteBehindClient({ url, sign: sigV4({ region: 'eu-central-1', credentials }) });

await api.put('prices/rye', { cents: 390 }, { durability: 'database' });
const { value } = await api.patch('prices/rye', { add: { cents: -40 } });
assert.deepEqual(value, { cents: 350 });
const results: readonly BatchResult[] = await api.batch([{ op: 'get', key: 'prices/rye' }]);
assert.equal(results[0]?.status, 200);
await assert.rejects(api.put('prices/rye', { cents: 1 }, { ifMatch: 1 }), ApiError);

// @ts-expect-error: the types are those of the client, not `any`.
const wrong: number = (await api.stats()).since;
assert.equal(typeof wrong, 'string');
console.log('client: ok');
