import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleFunctions } from '../../build/functions.ts';
import { bundleFolder, DATABASES, FUNCTION_FOLDERS, STORING_FOLDERS } from '../../infra/function-bundle.ts';

const dist = mkdtempSync(join(tmpdir(), 'write-behind-functions-'));
let inputs: Record<(typeof DATABASES)[number], string[]>;

beforeAll(async () => {
  const made: Metafile[] = await bundleFunctions(dist);
  const of = (nth: number) => made.slice(nth * FUNCTION_FOLDERS.length, (nth + 1) * FUNCTION_FOLDERS.length);
  const files = (metafiles: Metafile[]) => metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  inputs = { dynamodb: files(of(0)), postgres: files(of(1)) };
}, 120_000);
afterAll(() => rmSync(dist, { recursive: true }));

const isOfPostgres = (file: string) => file.startsWith('lib/store/postgres/') || /node_modules\/pg/.test(file);

test('functions for DynamoDB have nothing of PostgreSQL in them', () => {
  expect(inputs.dynamodb.filter(isOfPostgres)).toEqual([]);
});

test('functions for PostgreSQL bring its client along, within 200 KB', () => {
  for (const folder of STORING_FOLDERS) {
    const [plain, withPg] = DATABASES.map((database) => join(dist, bundleFolder(folder, database), 'index.mjs'));
    expect(readFileSync(withPg!, 'utf8')).toContain('ON CONFLICT (pk)');
    expect(statSync(withPg!).size - statSync(plain!).size).toBeLessThan(200 * 1024);
  }
  expect(inputs.postgres.filter((file) => /node_modules\/pg\//.test(file)).length).toBeGreaterThan(5);
});
