--[[
Fills an entry with what DynamoDB holds, if nothing happened to the item since the lease was taken; one that is there is
clean, and is replaced. (Rule 8.)

KEYS  1 entry  2 lease  3 shard
ARGV  1 lease token
      2 version in the store, 0 if it has none
      3 time to live, ms
      then the entry's fields, in pairs
Reply 1 if filled, else 0
--]]
local entry_key, lease_key, shard_key = unpack(KEYS)
local token, version, ttl_ms = ARGV[1], tonumber(ARGV[2]), ARGV[3]

--- @include raise-clock.lua
local cached = redis.call('HMGET', entry_key, 'version', 'persisted')
-- No lease stands beside a dirty entry. Should one ever, it must not cost what was acknowledged.
local dirty = cached[1] and tonumber(cached[1]) > tonumber(cached[2] or '0')
if redis.call('GET', lease_key) ~= token or dirty then
  return 0
end
if cached[1] then
  redis.call('DEL', entry_key)
end
-- In slices: an item of another program may have more attributes than Lua can unpack at once.
for first = 4, #ARGV, 1000 do
  redis.call('HSET', entry_key, unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('PEXPIRE', entry_key, ttl_ms)
redis.call('DEL', lease_key)
raise_clock(shard_key, redis.call('HGET', shard_key, 'clock'), version)
return 1
