--[[
Records what the store is known to hold after a flush. (Rule 6.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard
      6 recently created items of a listable collection  7 those of them that the store has, by when it is known
ARGV  1 item key
      2 version in the store
      3 time to live of a clean entry, ms
      4 now, ms
      5 how it is known: 'stored' by this flush, 'superseded' (the store had a newer one), 'seen' (only looked)
      6 version that created the item, '' if it is deleted or its collection is not listable
      7 shape of that version in the store, '' if it is not known
      then the observations
Reply 'clean', 'dirty' (it changed meanwhile), 'dropped' (the cache had been rolled back), 'absent'
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key, recent_key, leaving_key = unpack(KEYS)
local item_key, stored, ttl_ms, now, how, created, shape = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
-- How long a created item stays among the recent ones after it was stored: the table's index is behind the table.
local LINGER_MS = 60000

local state = redis.call('HMGET', entry_key, 'version', 'persisted', 'since', 'deleted', 'parked')
local version, persisted, since, was_parked = tonumber(state[1] or ''), tonumber(state[2] or '0'), state[3], state[5]
local is_clean = version == stored
-- Removes nothing, but is allowed at maxmemory, and after it so is the rest: a full Valkey must still drain. What is removed goes last, so
-- that a settle which fails before is made up for by the next one.
redis.call('ZREM', dirty_key, '')

--- @include observe.lua
--- @include raise-clock.lua
observe(shard_key, 8)
local shard = redis.call('HMGET', shard_key, 'clock', 'minute')
raise_clock(shard_key, shard[1], stored)
if how == 'superseded' then
  redis.call('HINCRBY', shard_key, 'stale', 1)
elseif how == 'stored' then
  -- The minute that runs and the one before it give a rate that no instance has to remember.
  local minute, counted = math.floor(tonumber(now) / 60000), tonumber(shard[2] or '0')
  if counted ~= minute then
    local before = counted == minute - 1 and redis.call('HGET', shard_key, 'storedThisMinute') or '0'
    redis.call('HSET', shard_key, 'minute', string.format('%.0f', minute), 'storedMinuteBefore', before, 'storedThisMinute', '0')
  end
  redis.call('HINCRBY', shard_key, 'storedThisMinute', 1)
  redis.call('HINCRBY', shard_key, 'itemsStored', 1)
  redis.call('HSET', shard_key, 'lastStoredAt', now)
end

if version and version < stored then
  -- Where the older entry stood, nothing stands; what has no leave to take would stay for good.
  local place = tonumber(redis.call('ZSCORE', recent_key, item_key) or '')
  if place and place <= stored and place ~= tonumber(created) then
    redis.call('ZREM', recent_key, item_key)
  end
end
if created ~= '' then
  -- Not known to have been stored since it was created: it may be new to the index, and after a loss of Valkey to the recent ones.
  if persisted < tonumber(created) then
    redis.call('ZADD', recent_key, 'NX', created, item_key)
  end
  if tonumber(redis.call('ZSCORE', recent_key, item_key) or '') == tonumber(created) then
    redis.call('ZADD', leaving_key, 'NX', now, created .. ':' .. item_key)
  end
  -- A few with each settle: more than come in.
  local gone = redis.call('ZRANGEBYSCORE', leaving_key, '-inf', tonumber(now) - LINGER_MS, 'LIMIT', 0, 3)
  for i = 1, #gone do
    local its_creation, its_key = string.match(gone[i], '^(%d+):(.*)$')
    redis.call('ZREM', leaving_key, gone[i])
    -- Unless it was deleted and created again since.
    if tonumber(redis.call('ZSCORE', recent_key, its_key) or '') == tonumber(its_creation) then
      redis.call('ZREM', recent_key, its_key)
    end
  end
end

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
if created ~= '' and not state[4] then
  redis.call('HSETNX', entry_key, 'created', created)
end
if stored > persisted and shape ~= '' then
  redis.call('HSET', entry_key, 'persisted', ARGV[2], 'shape', ARGV[2] .. ' ' .. shape)
elseif stored > persisted then
  redis.call('HSET', entry_key, 'persisted', ARGV[2])
end
if is_clean then
  redis.call('ZREM', dirty_key, item_key)
  if since or was_parked then
    redis.call('ZREM', parked_key, item_key)
    redis.call('HDEL', entry_key, 'since', 'parked')
  end
  redis.call('PEXPIRE', entry_key, ttl_ms)
  return 'clean'
end
if since then
  redis.call('ZADD', dirty_key, 'XX', string.format('%.0f', math.floor(tonumber(since) / 1000)), item_key)
end
return 'dirty'
