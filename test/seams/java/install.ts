/** Java servers: downloaded once with Maven, pinned by version, and checked by SHA-256 before anything of them runs. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server in Java; the folder of this name beside this file says what it is made of. */
export type JavaServerName = 'dynamodb-local' | 'elasticmq';

const CACHE = join(import.meta.dirname, '../../../.cache/seams');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** Downloads a server unless it is there, and returns its folder: `lib/` has the jars, `classes/` what was compiled. */
export function installed(name: JavaServerName): string {
  const definition = join(import.meta.dirname, name);
  const target = join(CACHE, name);
  const stamp = join(target, 'stamp');
  const wanted = sha256(
    ...readdirSync(definition)
      .sort()
      .map((file) => join(definition, file)),
  );
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return target;
  rmSync(target, { recursive: true, force: true });
  const lib = join(target, 'lib');
  const classes = join(target, 'classes');
  for (const directory of [lib, classes]) mkdirSync(directory, { recursive: true });
  const options = ['--batch-mode', '--quiet', '--strict-checksums', '-DincludeScope=runtime'];
  run('mvn', [...options, '--file', join(definition, 'pom.xml'), COPY, `-DoutputDirectory=${lib}`]);
  checkSums(lib, readFileSync(join(definition, 'SHA256SUMS'), 'utf8'));
  const sources = readdirSync(definition).filter((file) => file.endsWith('.java'));
  if (sources.length > 0) {
    run('javac', ['-cp', join(lib, '*'), '-d', classes, ...sources.map((file) => join(definition, file))]);
  }
  // Last, so that what is unfinished is made anew.
  writeFileSync(stamp, wanted);
  return target;
}

function checkSums(lib: string, sums: string): void {
  const expected = new Map(
    sums
      .trim()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  const files = readdirSync(lib);
  const wrong = files.filter((file) => sha256(join(lib, file)) !== expected.get(file));
  const absent = [...expected.keys()].filter((file) => !files.includes(file));
  if (wrong.length + absent.length > 0) {
    throw new Error(`Not what SHA256SUMS says: ${[...wrong, ...absent].join(', ')}. Nothing of it was run.`);
  }
}

function sha256(...files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}
