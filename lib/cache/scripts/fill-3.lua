--[[
Fills an entry with what DynamoDB holds, if nothing happened to the item since the lease was taken. (Rule 8.)

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
if redis.call('GET', lease_key) ~= token or redis.call('EXISTS', entry_key) == 1 then
  return 0
end
-- In slices: an item of another program may have more attributes than Lua can unpack at once.
for first = 4, #ARGV, 1000 do
  redis.call('HSET', entry_key, unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('PEXPIRE', entry_key, ttl_ms)
redis.call('DEL', lease_key)
raise_clock(shard_key, version)
return 1
