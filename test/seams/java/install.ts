/** Programs in Java: downloaded once with Maven, pinned by version, and checked by SHA-256 before anything of them runs. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../../.cache/java');
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** A program that is installed. */
export interface Installed {
  /** Folder with its jars. */
  readonly lib: string;
  /** Its jars and what was compiled. */
  readonly classPath: string;
}

/**
 * Downloads a program unless it is there.
 *
 * @param definition folder with its `pom.xml`, the `SHA256SUMS` of its jars, and sources of ours if there are any
 */
export function installed(definition: string): Installed {
  const target = join(CACHE, basename(definition));
  const lib = join(target, 'lib');
  const classes = join(target, 'classes');
  const program = { lib, classPath: `${classes}:${join(lib, '*')}` };
  const stamp = join(target, 'stamp');
  const wanted = sha256(
    ...readdirSync(definition)
      .sort()
      .map((file) => join(definition, file)),
  );
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return program;
  rmSync(target, { recursive: true, force: true });
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
  return program;
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
