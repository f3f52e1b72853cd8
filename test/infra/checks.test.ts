/** What looks at whole stacks: the rules of cdk-nag, and the weight of the bundles. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { resourcesOf, stackOf, testApp } from './synthesized.ts';

test.each(['dev', 'prod', 'localstack'] as const)('%s breaks no rule of AwsSolutions without a reason', (stage) => {
  const app = testApp();
  stackOf(stage, app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});

test('a resource that breaks a rule of AwsSolutions fails the synth', () => {
  const app = testApp();
  new Bucket(stackOf('dev', app), 'Open');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow();
});

/** Largest bundle, bytes: what is loaded at each cold start. */
const BUDGET = { api: 1200 * 1024, flush: 1150 * 1024, sweep: 1150 * 1024, switch: 600 * 1024 };

test('the bundles stay within their budgets, minified, with the AWS SDK', { timeout: 60_000 }, () => {
  const app = testApp({ bundling: true });
  const stack = stackOf('dev', app);
  const assembly = app.synth();
  const functions = Object.entries(resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function'));
  for (const [name, budget] of Object.entries(BUDGET)) {
    const [, fn] = functions.find(([id]) => id.toLowerCase().startsWith(`cache${name}`)) ?? [];
    const hash = fn?.Properties.Code.S3Key.replace('.zip', '');
    const bundle = join(assembly.directory, `asset.${hash}`, 'index.mjs');
    expect(statSync(bundle).size, name).toBeLessThan(budget);
    expect(statSync(`${bundle}.map`).size, name).toBeGreaterThan(0);
    const code = readFileSync(bundle, 'utf8');
    // Which would load Node's client for fetch: see functions/node-http.ts.
    expect(code, name).not.toMatch(/from\s*"(node:)?http"/);
    // See functions/node-http2.ts.
    expect(code, name).not.toMatch(/"(node:)?http2"/);
  }
});
