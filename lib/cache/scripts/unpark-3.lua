--[[
Releases an entry that was parked at a version, or an older one: it is dirty again, and waits from now on. (Rule 11.)

KEYS  1 entry  2 dirty index  3 parked index
ARGV  1 item key
      2 version of the dead letter that is redriven
      3 now, ms
Reply 1 if released, else 0
--]]
local entry_key, dirty_key, parked_key = unpack(KEYS)
local item_key, refused, now = ARGV[1], tonumber(ARGV[2]), ARGV[3]

-- Removes nothing, but is allowed at maxmemory, and after it so is the rest.
redis.call('ZREM', dirty_key, '')

local state = redis.call('HMGET', entry_key, 'version', 'parked')
local version, parked = tonumber(state[1] or ''), state[2]
if not parked or version > refused then
  return 0
end
redis.call('ZREM', parked_key, item_key)
redis.call('ZADD', dirty_key, now, item_key)
redis.call('HDEL', entry_key, 'parked')
return 1
