/**
 * Where this product's own files are: in a checkout TypeScript; in the package that `npm pack` makes JavaScript compiled from it, in the same
 * folders below `dist/`, because Node takes no TypeScript from below `node_modules`. Whatever an import does not load, such as the
 * program of a child process, is looked up here, so that nothing else needs to know in which form it runs. Not for code that is
 * bundled for Lambda: there are no such files.
 */
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const EXTENSION = extname(import.meta.filename);

/** Whether this is the package: in it lies ready what a checkout bundles when it is needed. */
export const isPackaged = EXTENSION === '.js';

/** The path of a file. @param path from the folder in which `lib/` is */
export function ownFile(path: string): string {
  return join(import.meta.dirname, path);
}

/** The path of a module. @param path from the folder in which `lib/` is, without an extension */
export function ownModule(path: string): string {
  return ownFile(path + EXTENSION);
}

/** What `package.json` says. */
export interface Manifest {
  readonly version: string;
  /** Packages for parts of the product that not everybody uses, with the versions that these were tested with. */
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Reads `package.json`, which lies beside `dist/` in the package. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(ownFile(isPackaged ? '../package.json' : 'package.json'), 'utf8')) as Manifest;
}
