/** The package's manifest: what `package.json` says of a checkout, as it is where the package is installed. */
import { readFileSync } from 'node:fs';
import { ownFile } from '../own-files.ts';

/** A `package.json`, as far as it differs. */
export interface PackageJson {
  readonly exports: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What an export is in the package. */
interface BuiltExport {
  readonly types: string;
  readonly default: string;
}

/** A {@link PackageJson} in the package. */
export interface PackedJson {
  readonly exports: Readonly<Record<string, string | BuiltExport>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A checkout needs them to make the console's page; the package has it. */
const BUNDLED: ReadonlySet<string> = new Set(['esbuild', 'preact', 'uplot']);
/** npm looks for it here after packing, when this manifest stands in for the checkout's. */
const KEPT_SCRIPT = 'postpack';

/** The manifest of a checkout. */
export const MANIFEST = ownFile('package.json');

/** Reads the manifest of the checkout. */
export function readPackageJson(): PackageJson {
  return JSON.parse(readFileSync(MANIFEST, 'utf8')) as PackageJson;
}

/** The manifest that goes into the package. */
export function packedManifest(manifest: PackageJson): PackedJson {
  const { devDependencies: _dev, optionalDependencies: _optional, overrides: _overrides, ...kept } = manifest;
  const { exports, bin, scripts, dependencies } = manifest;
  return {
    ...kept,
    exports: mapValues(exports, builtExport),
    bin: mapValues(bin, (path) => builtPath(path, '.js')),
    scripts: pick(scripts, (name) => name === KEPT_SCRIPT),
    dependencies: pick(dependencies, (name) => !BUNDLED.has(name)),
  };
}

function builtExport(path: string): string | BuiltExport {
  if (!path.endsWith('.ts')) return path;
  return { types: builtPath(path, '.d.ts'), default: builtPath(path, '.js') };
}

const builtPath = (path: string, extension: string): string =>
  path.replace('./', './dist/').replace(/\.ts$/, extension);

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function pick<T>(record: Readonly<Record<string, T>>, wanted: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => wanted(name)));
}
