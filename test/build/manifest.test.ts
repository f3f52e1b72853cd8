import { describe, expect, test } from 'vitest';
import { type PackageJson, packedManifest, readPackageJson } from '../../build/manifest.ts';

const checkout = readPackageJson() as PackageJson & Record<string, Record<string, string>>;

describe('the manifest of the package', () => {
  test('names compiled modules, each with its types', () => {
    const { exports, bin } = packedManifest({
      exports: {
        '.': './lib/index.ts',
        './constructs/*': './infra/constructs/*.ts',
        './package.json': './package.json',
      },
      bin: { tool: './cli/main.ts' },
      scripts: {},
      dependencies: {},
    });
    expect(exports).toEqual({
      '.': { types: './dist/lib/index.d.ts', default: './dist/lib/index.js' },
      './constructs/*': { types: './dist/infra/constructs/*.d.ts', default: './dist/infra/constructs/*.js' },
      './package.json': './package.json',
    });
    expect(bin).toEqual({ tool: './dist/cli/main.js' });
  });

  test('has nothing that is for a checkout only', () => {
    const packed = packedManifest(checkout);
    for (const field of ['devDependencies', 'optionalDependencies', 'overrides'])
      expect(packed).not.toHaveProperty([field]);
    expect(Object.keys(packed.scripts as object)).toEqual(['postpack']);
    expect(packed.dependencies).not.toHaveProperty('esbuild');
    expect(packed).toMatchObject({ name: 'write-behind', version: checkout.version, license: 'MIT', type: 'module' });
  });

  test('asks nobody for packages that he may not need, and offers those that are tested here', () => {
    const { peerDependencies, peerDependenciesMeta, devDependencies, optionalDependencies } = checkout;
    const here: Record<string, string> = { ...devDependencies, ...optionalDependencies };
    for (const [name, range] of Object.entries(peerDependencies!)) {
      expect(range).toBe(`^${here[name]}`);
      expect(peerDependenciesMeta).toHaveProperty([name], { optional: true });
    }
  });
});
