import type { Redis } from 'ioredis';
import { Keys } from '../../lib/cache/keys.ts';

/** Everything that Valkey holds, by a plain client, but for the layout, which instances put back where a test took it away; the time to live of an entry only as whether it has one. */
export async function everything(
  redis: Redis,
): Promise<Record<string, { readonly content: unknown; readonly expires: boolean }>> {
  const keys = (await redis.keys('*')).filter((key) => key !== new Keys(1).layout).sort();
  const contents = await Promise.all(
    keys.map(async (key) => ({ content: await contentOf(redis, key), expires: (await redis.pttl(key)) > 0 })),
  );
  return Object.fromEntries(keys.map((key, index) => [key, contents[index]!]));
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === 'hash') return redis.hgetall(key);
  if (type === 'list') return redis.lrange(key, 0, -1);
  return type === 'zset' ? redis.zrange(key, '0', '-1', 'WITHSCORES') : redis.get(key);
}
