/** Uses the library on the servers that `write-behind start --env local.env` has started: `node --env-file=local.env library.ts`. */
import assert from 'node:assert/strict';
import {
  type Acknowledgement,
  ConfigurationError,
  configFromEnvironment,
  defineConfig,
  WriteBehind,
} from 'write-behind';

interface Bread {
  name: string;
  left: number;
}

const cache = await WriteBehind.connect(configFromEnvironment());
const breads = cache.collection<Bread>('breads');

const put: Acknowledgement = await breads.put('rye', { name: 'Rye', left: 3 }, { durability: 'cache' });
const { value } = await breads.patch('rye', { add: { left: { by: -1, min: 0 } } }, { actor: 'shop' });
assert.equal(value?.left, 2);
const read = await breads.get('rye');
assert.deepEqual(read?.value, { name: 'Rye', left: 2 });
assert.ok(read.version > put.version);
assert.equal(await breads.get('none'), null);

// @ts-expect-error: the types are those of the library, not `any`.
await assert.rejects(breads.put('spelt', { name: 'Spelt', left: 1 }, { durability: 'disk' }));

const { endpoints } = configFromEnvironment();
assert.throws(() => defineConfig({ windowSeconds: -1 }, endpoints), ConfigurationError);

const { flushed } = await cache.flush();
assert.equal(flushed, 1);
await cache.close();
console.log('library: ok');
