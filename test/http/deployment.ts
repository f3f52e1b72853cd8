import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import type { SettingsInput } from '../../lib/settings.ts';

// Vite has a BASE_URL of its own, `/`, which it sets where the environment has none.
const baseUrl = /^https?:/.test(process.env.BASE_URL ?? '') ? process.env.BASE_URL?.replace(/\/$/, '') : undefined;
/** Whether the suite runs against a deployment of which it knows only the address. */
export const isRemote = baseUrl !== undefined;

/** Collection of the suite; ids begin with the run's own prefix, so that runs do not meet. */
export const COLLECTION = 'http-suite';
/** Collection of the suite that keeps the history. */
export const AUDITED = 'http-suite-audited';
/** Collection of the suite that can be listed. */
export const LISTABLE = 'http-suite-listable';
const run = `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
let count = 0;

/** An id that nobody else uses. */
export function freshId(): string {
  count += 1;
  return `${run}-${count}`;
}

/** Key of an item of the suite. */
export function keyOf(id: string): string {
  return `${COLLECTION}/${id}`;
}

/** Path of an item. */
export function itemPath(id: string, collection = COLLECTION): string {
  return `/items/${encodeURIComponent(collection)}/${encodeURIComponent(id)}`;
}

/** A request; `text` is sent as it is, `body` as JSON. */
export interface HttpRequest {
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

/** An answer with its body, and the body parsed where it is JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

/** Sends requests to one deployment. */
export type Send = (method: string, path: string, request?: HttpRequest) => Promise<HttpAnswer>;

/** A running deployment. */
export interface Deployment {
  readonly send: Send;
  stop(): Promise<void>;
}

/** The deployment at `BASE_URL`, or a local stack that is started for the suite. */
export async function connect(settings: SettingsInput = {}): Promise<Deployment> {
  if (baseUrl !== undefined) return { send: sender(baseUrl), stop: async () => undefined };
  const { startStack } = await import('../../local/stack.ts');
  const stack = await startStack({
    port: 0,
    windowSeconds: 1,
    environment: localEnvironment(),
    settings: { collections: { [AUDITED]: { audited: true }, [LISTABLE]: { listable: true } }, ...settings },
  });
  return { send: sender(stack.url), stop: () => stack.stop() };
}

/** The deployment for the tests of one file. */
export function useDeployment(): Send {
  let deployment: Deployment | undefined;
  beforeAll(async () => {
    deployment = await connect();
  });
  afterAll(() => deployment?.stop());
  return (...request) => {
    if (!deployment) throw new Error('Requests can be sent only while tests run.');
    return deployment.send(...request);
  };
}

function sender(url: string): Send {
  return async (method, path, { body, text, headers } = {}) => {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      headers: { ...(payload !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(payload !== undefined && { body: payload }),
    });
    const answer = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      json: isJson ? JSON.parse(answer) : undefined,
    };
  };
}
