--[[
Records what the store is known to hold after a flush. (Rule 6.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard
ARGV  1 item key
      2 version in the store
      3 time to live of a clean entry, ms
      4 now, ms
      5 how it is known: 'stored' by this flush, 'superseded' (the store had a newer one), 'seen' (only looked)
      then the observations
Reply 'clean', 'dirty' (it changed meanwhile), 'dropped' (the cache had been rolled back), 'absent'
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key = unpack(KEYS)
local item_key, stored, ttl_ms, now, how = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]

-- Removes nothing, but is allowed at maxmemory, and after it so is the rest: a full Valkey must still drain.
redis.call('ZREM', dirty_key, '')

--- @include observe.lua
--- @include raise-clock.lua
observe(shard_key, 6)
raise_clock(shard_key, stored)
if how == 'superseded' then
  redis.call('HINCRBY', shard_key, 'stale', 1)
elseif how == 'stored' then
  -- The minute that runs and the one before it give a rate that no instance has to remember.
  local minute = math.floor(tonumber(now) / 60000)
  local counted = redis.call('HMGET', shard_key, 'minute', 'storedThisMinute')
  local last = tonumber(counted[1] or '0')
  if last ~= minute then
    local before = last == minute - 1 and counted[2] or '0'
    redis.call('HSET', shard_key, 'minute', string.format('%.0f', minute), 'storedMinuteBefore', before, 'storedThisMinute', '0')
  end
  redis.call('HINCRBY', shard_key, 'storedThisMinute', 1)
  redis.call('HINCRBY', shard_key, 'itemsStored', 1)
  redis.call('HSET', shard_key, 'lastStoredAt', now)
end

local state = redis.call('HMGET', entry_key, 'version', 'persisted', 'since')
local version, persisted, since = tonumber(state[1] or ''), tonumber(state[2] or '0'), state[3]
if not version then
  redis.call('DEL', lease_key)
  return 'absent'
end
if version < stored then
  redis.call('DEL', entry_key, lease_key)
  redis.call('ZREM', dirty_key, item_key)
  redis.call('ZREM', parked_key, item_key)
  if how ~= 'superseded' then
    redis.call('HINCRBY', shard_key, 'stale', 1)
  end
  return 'dropped'
end
redis.call('HSET', entry_key, 'persisted', string.format('%.0f', math.max(persisted, stored)))
if version == stored then
  redis.call('ZREM', dirty_key, item_key)
  redis.call('ZREM', parked_key, item_key)
  redis.call('HDEL', entry_key, 'since', 'parked')
  redis.call('PEXPIRE', entry_key, ttl_ms)
  return 'clean'
end
if since then
  redis.call('ZADD', dirty_key, 'XX', string.format('%.0f', math.floor(tonumber(since) / 1000)), item_key)
end
return 'dirty'
