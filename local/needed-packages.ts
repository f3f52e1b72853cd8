import { readManifest } from '../own-files.ts';

/** A package that a part of the product needs, and that a checkout has while the package `write-behind` does not bring it along. */
export interface NeededPackage {
  readonly name: string;
  /** What it is needed for, such as `SQS`. */
  readonly purpose: string;
  /** What can be given in its place. @default nothing */
  readonly instead?: string;
}

/** Packages are not installed that are needed for what was asked for; the message says how to get them. */
export class MissingPackagesError extends Error {
  override readonly name = 'MissingPackagesError';
  readonly code = 'missing-packages';
  readonly packages: readonly NeededPackage[];

  constructor(packages: readonly NeededPackage[]) {
    const names = packages.map(({ name, purpose }) => `${name} (${purpose})`).join(', ');
    const wanted = packages.map(({ name }) => `${name}${testedVersion(name)}`).join(' ');
    const instead = packages.flatMap((each) => each.instead ?? []).join('; ');
    super(`Not installed: ${names}. ${instead && `Give instead ${instead}. Or: `}npm install --save-dev ${wanted}`);
    this.packages = packages;
  }
}

/** @throws {MissingPackagesError} naming those that are not installed */
export function needPackages(packages: readonly NeededPackage[]): void {
  const missing = packages.filter(({ name }) => !isInstalled(name));
  if (missing.length > 0) throw new MissingPackagesError(missing);
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return false;
  }
}

function testedVersion(name: string): string {
  const range = readManifest().peerDependencies[name];
  return range === undefined ? '' : `@${range.replace('^', '')}`;
}
