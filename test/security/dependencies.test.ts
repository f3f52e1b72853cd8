/** What the lockfiles let in: packages of a registry, as they were when they were looked at, under licences that ask for nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  /** Comes within the archive of the package around it. */
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'));

const PERMISSIVE = ['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'];
/** For tools, which are not passed on. MPL asks that changes of its own files be published; Python's is permissive, and long. */
const FOR_TOOLS = [...PERMISSIVE, 'MPL-2.0', 'Python-2.0'];

/** The product's and its tools', and those of what generates the API documentation. esbuild puts its binary in place of a script that would start it. */
const MANIFESTS = [
  { folder: '', least: 100, mayRunAtInstall: ['node_modules/esbuild'] },
  { folder: 'build/api-docs/', least: 10, mayRunAtInstall: [] },
];

describe.each(MANIFESTS)('packages of ./$folder', ({ folder, least, mayRunAtInstall }) => {
  const lock: { packages: Record<string, Package> } = read(`${folder}package-lock.json`);
  const { '': root, ...packages } = lock.packages;
  const all = Object.entries(packages);
  const manifest: Record<string, Record<string, string>> = read(`${folder}package.json`);

  const names = (wrong: (each: Package, name: string) => boolean) =>
    all.filter(([name, each]) => wrong(each, name)).map(([name]) => name);

  test('every package is the one whose content was pinned', () => {
    expect(root).toBeDefined();
    expect(all.length).toBeGreaterThan(least);
    expect(names(({ integrity, inBundle }) => !inBundle && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))).toEqual([]);
    // What is in the archive of another has the integrity of that.
    const archives = new Set(names(({ integrity }) => integrity !== undefined));
    const outer = (name: string) => name.slice(0, name.lastIndexOf('/node_modules/'));
    expect(names(({ inBundle }, name) => inBundle === true && !archives.has(outer(name)))).toEqual([]);
  });

  test('every package comes from the registry: none from git, a file, a folder or another address', () => {
    // The lockfile leaves out where a registry has a package: an address would be one that is no registry's.
    expect(names(({ resolved, link }) => resolved !== undefined || link === true)).toEqual([]);
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      const loose = Object.entries(manifest[kind] ?? {}).filter(([, wanted]) => !/^\d+\.\d+\.\d+$/.test(wanted));
      expect(loose).toEqual([]);
    }
  });

  test('nothing runs when it is installed, but for what is known to', () => {
    expect(names(({ hasInstallScript }) => hasInstallScript === true)).toEqual(mayRunAtInstall);
  });

  test('every licence is permissive', () => {
    const allowed = ({ license = '', dev }: Package) =>
      license
        .replace(/[()]/g, '')
        .split(' OR ')
        .some((each) => (dev ? FOR_TOOLS : PERMISSIVE).includes(each));
    expect(names((each) => !allowed(each))).toEqual([]);
  });
});
