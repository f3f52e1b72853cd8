/** What stands in messages and requests is never a name of a key, and never code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scripts } from '../../lib/cache/scripts.generated.ts';

test.each(Object.entries(scripts))('the script %s touches the keys that it is given, and no others', (_, script) => {
  const source = script.source.replace(/--\[\[.*?--\]\]/s, '').replace(/--.*$/gm, '');
  const bound = /^local ([\w, ]+) = (?:unpack\(KEYS\)|KEYS\[1\])/m.exec(source)?.[1]?.split(', ') ?? [];
  const names = bound.filter((name) => name.endsWith('_key'));
  const touched = [...source.matchAll(/redis\.p?call\('\w+', ([^,)]+)/g)].map(([, key]) => key!);
  expect(touched.length).toBeGreaterThan(0);
  expect(touched.filter((key) => !names.includes(key))).toEqual([]);
  // In what is included `shard_key` is a parameter: it is given the one of the script.
  expect([...source.matchAll(/\b(observe|raise_clock)\((?!shard_key)/g)]).toEqual([]);
  expect(source).not.toMatch(/\b(loadstring|load|dofile|require|setfenv|getfenv)\(/);
});

test('only the generated scripts are sent to Valkey as code', () => {
  const folder = join(import.meta.dirname, '../../lib');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const sending = files.filter((file) => /\.(eval|evalsha)\(/.test(readFileSync(join(folder, file), 'utf8')));
  expect(sending).toEqual([join('cache', 'valkey.ts')]);
});
