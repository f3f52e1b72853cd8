/**
 * Runs the contracts of the seams on servers that `npm test` does without: `npm run test:seams` on all that this machine can run,
 * `npm run test:seams -- NAME…` on these, and it fails where one of them cannot run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { realValkey } from '../support/system.ts';
import { installedServer } from './java/server.ts';
import { postgresPrograms } from './postgres/server.ts';
import { findProgram } from './programs.ts';

/** A server that a contract can be tried on; its tests are in `NAME.test.ts`. */
interface Implementation {
  readonly seam: 'cache' | 'queue' | 'database';
  readonly server: string;
  /** What has to be installed before it can run; empty where all is there. */
  readonly lacks: () => readonly string[];
  /** Downloads what it needs. */
  readonly prepare?: () => unknown;
}

const programs = (needed: Record<string, string>) =>
  Object.entries(needed).flatMap(([name, from]) => (findProgram(name) ? [] : [`${name} (${from})`]));

const implementations: Record<string, Implementation> = {
  'dynamodb-local': {
    seam: 'database',
    server: "Amazon's DynamoDB Local 3.0.0",
    lacks: () => programs({ java: 'a JDK from 17 on', javac: 'a JDK from 17 on', mvn: 'Maven' }),
    prepare: () => installedServer('dynamodb-local'),
  },
  elasticmq: {
    seam: 'queue',
    server: 'ElasticMQ 1.7.1',
    lacks: () => programs({ java: 'Java from 17 on', mvn: 'Maven' }),
    prepare: () => installedServer('elasticmq'),
  },
  localstack: {
    seam: 'queue',
    server: 'LocalStack',
    lacks: () => (process.env.AWS_ENDPOINT_URL ? [] : ['AWS_ENDPOINT_URL, where a LocalStack is']),
  },
  postgres: {
    seam: 'database',
    server: 'PostgreSQL',
    lacks: () =>
      postgresPrograms() ? [] : ['a PostgreSQL: apt-get install postgresql, or initdb and postgres on the PATH'],
  },
  'valkey-cluster': {
    seam: 'cache',
    server: 'a cluster of three primaries',
    lacks: () => (existsSync(realValkey.program) ? [] : ['a valkey-server or redis-server on the PATH']),
  },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(implementations, name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. There are: ${Object.keys(implementations).join(', ')}.`);
  process.exit(2);
}

const runs: string[] = [];
let lacking = 0;
for (const name of asked.length > 0 ? asked : Object.keys(implementations)) {
  const { seam, server, lacks, prepare } = implementations[name]!;
  const missing = lacks();
  if (missing.length > 0) {
    lacking += 1;
    console.log(`${asked.length > 0 ? 'MISSING' : 'skipped'}  the ${seam} on ${server} needs ${missing.join(', ')}`);
    continue;
  }
  prepare?.();
  runs.push(name);
  console.log(`running  the ${seam} on ${server}`);
}
if (asked.length > 0 && lacking > 0) process.exit(1);
if (runs.length === 0) {
  console.error('This machine can run none of them.');
  process.exit(1);
}
const root = join(import.meta.dirname, '../..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const files = runs.flatMap((name) => [`test/seams/${name}.test.ts`, `test/seams/${name}/`]);
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', 'test/seams/vitest.config.ts', '--reporter=tree', ...files],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
