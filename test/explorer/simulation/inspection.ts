import type { Redis } from 'ioredis';

/** What Valkey holds under one key. */
export interface Held {
  readonly key: string;
  /** ms, -1 for what stays. */
  readonly ttlMs: number;
  /** What writes it: the command, and its arguments after the key. */
  readonly command: 'hset' | 'zadd' | 'rpush' | 'set';
  readonly args: readonly string[];
}

// One round trip for all of it, and no command that only some servers know.
const INSPECT = `
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  local command, args = 'set', {}
  if kind == 'hash' then
    command, args = 'hset', redis.call('HGETALL', key)
  elseif kind == 'zset' then
    command = 'zadd'
    local members = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for i = 1, #members, 2 do
      args[i], args[i + 1] = members[i + 1], members[i]
    end
  elseif kind == 'list' then
    command, args = 'rpush', redis.call('LRANGE', key, 0, -1)
  else
    args = { redis.call('GET', key) }
  end
  all[#all + 1] = { key, redis.call('PTTL', key), command, args }
end
return all`;

/** All that Valkey holds, by the names of its keys. */
export async function inspect(redis: Redis): Promise<Held[]> {
  const all = (await redis.eval(INSPECT, 0)) as [string, number, Held['command'], string[]][];
  return all
    .map(([key, ttlMs, command, args]) => ({ key, ttlMs, command, args }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Puts Valkey back to what it held. */
export async function restore(redis: Redis, held: readonly Held[]): Promise<void> {
  const pipeline = redis.pipeline([
    ['flushdb'],
    ...held.map(({ key, command, args }) => [command, key, ...args]),
    ...held.filter(({ ttlMs }) => ttlMs > 0).map(({ key, ttlMs }) => ['pexpire', key, String(ttlMs)]),
  ]);
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}
