import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROUTES } from '../../infra/constructs/api.ts';
import { cacheWith, resourcesOf } from './synthesized.ts';

const root = join(import.meta.dirname, '../..');
const threats = readFileSync(join(root, 'docs/security.md'), 'utf8');
const actionsIn = (text: string) => new Set([...text.matchAll(/`([a-z0-9]+:[A-Z]\w+)`/g)].map(([, action]) => action!));

test('every test that the threat model names is there', () => {
  const named = [...threats.matchAll(/`(test\/[\w/.-]+)`/g)].map(([, file]) => file!);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  for (const [, link] of threats.matchAll(/\]\((?!http)([^)#]+)/g))
    expect(existsSync(join(root, 'docs', link!))).toBe(true);
});

test('the threat model names the actions that each function may call, and no others', () => {
  const collections = { audits: { audited: true }, lists: { listable: true } };
  const policies = Object.entries(resourcesOf(cacheWith({ collections }).template(), 'AWS::IAM::Policy'));
  const common = actionsIn(/To write logs and traces.*?Beyond that:/s.exec(threats)?.[0] ?? '');
  const logging = new Set(['logs:CreateLogStream', 'logs:PutLogEvents']);
  for (const folder of ['Api', 'Flush', 'Sweep', 'Switch']) {
    const granted = policies
      .filter(([id]) => id.startsWith(`Cache${folder}Function`))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action }: { Action: string | string[] }) => Action);
    const row = new RegExp(`^\\| \`${folder.toLowerCase()}\` \\| (.*) \\|$`, 'm').exec(threats)?.[1] ?? '';
    expect((folder === 'Switch' ? logging : common).union(actionsIn(row))).toEqual(new Set(granted));
  }
}, 120_000);

test('the threat model names the routes of each grant', () => {
  const paragraph = /^Callers get .*?^and `POST\/batch`.*?Mind:$/ms.exec(threats)?.[0] ?? '';
  const named = [...paragraph.matchAll(/`([A-Z]+\/[\w./*-]+)`/g)].map(([, route]) => route!);
  expect(named.toSorted()).toEqual(Object.values(ROUTES).flat().toSorted());
});
