/** Stacks as `cdk deploy` would send them, without the time that bundling takes. */
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WriteBehindCache, type WriteBehindCacheProps } from '../../infra/constructs/write-behind-cache.ts';
import { type StageName, stageOf } from '../../infra/stages.ts';
import { WriteBehindStack } from '../../infra/write-behind-stack.ts';

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

/** An app with the context of `cdk.json`. */
export function testApp({ bundling = false } = {}): App {
  return new App({ context: { ...context, ...(!bundling && { 'aws:cdk:bundling-stacks': [] }) } });
}

/** The stack of a stage. */
export function stackOf(name: StageName, app = testApp()): WriteBehindStack {
  const stage = stageOf(name, { valkeyUrl: 'redis://valkey:6379' });
  return new WriteBehindStack(app, `WriteBehind-${name}`, { stage });
}

/** A cache by itself, and the template of its stack; `props` may need others in the stack. */
export function cacheWith(props: WriteBehindCacheProps | ((scope: { stack: Stack }) => WriteBehindCacheProps) = {}): {
  cache: WriteBehindCache;
  stack: Stack;
  template: () => Template;
} {
  const stack = new Stack(testApp(), 'Test');
  const cache = new WriteBehindCache(stack, 'Cache', typeof props === 'function' ? props({ stack }) : props);
  return { cache, stack, template: () => Template.fromStack(stack) };
}

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every type
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources of a type, by logical id. */
export function resourcesOf(template: Template, type: string): Record<string, Resource> {
  return template.findResources(type) as Record<string, Resource>;
}

/** The only resource of a type. */
export function only(template: Template, type: string): Resource {
  const resources = Object.values(resourcesOf(template, type));
  if (resources.length !== 1 || !resources[0]) throw new Error(`${resources.length} resources of type ${type}`);
  return resources[0];
}
