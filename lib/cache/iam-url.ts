import type { IamLogin } from './iam-token.ts';

const EXPECTED = 'rediss://USER@HOST:6379?iam=CACHE_NAME';

/**
 * How a URL asks for IAM authentication: `rediss://USER@HOST:6379?iam=CACHE_NAME`, for a serverless cache with
 * `&serverless=true`; `undefined` if it does not ask for it.
 */
export function iamLoginOf({ username, searchParams }: URL): IamLogin | undefined {
  const cacheName = searchParams.get('iam');
  if (cacheName === null) return undefined;
  return { cacheName, user: decodeURIComponent(username), serverless: searchParams.get('serverless') === 'true' };
}

/** What keeps a URL that asks for IAM authentication from working, and what to do; `undefined` if nothing does. */
export function iamFaultOf(url: URL): string | undefined {
  const login = iamLoginOf(url);
  if (!login) return undefined;
  if (url.protocol !== 'rediss:') return `IAM authentication needs TLS: ${EXPECTED}`;
  if (!login.cacheName) return `IAM authentication needs the name of the cache: ${EXPECTED}`;
  if (!login.user) return `IAM authentication needs the name of the user: ${EXPECTED}`;
  if (url.password) return `IAM authentication makes the password itself, leave it out: ${EXPECTED}`;
  return undefined;
}
