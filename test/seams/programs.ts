import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { localEnvironment } from '../../lib/environment.ts';

/** Where a program is on the PATH. */
export function findProgram(name: string): string | undefined {
  const directories = localEnvironment().searchPath.split(delimiter).filter(Boolean);
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
