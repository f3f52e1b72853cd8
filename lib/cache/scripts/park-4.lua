--[[
Parks a dirty entry that DynamoDB refused for good, unless it changed since. (Rule 11.)

KEYS  1 entry  2 dirty index  3 parked index  4 shard
ARGV  1 item key
      2 version that was refused
      3 reason
Reply 1 if parked, else 0
--]]
local entry_key, dirty_key, parked_key = unpack(KEYS)
local item_key, refused, reason = ARGV[1], ARGV[2], ARGV[3]

-- Removes nothing, but is allowed at maxmemory, and after it so is the rest.
redis.call('ZREM', dirty_key, '')

local state = redis.call('HMGET', entry_key, 'version', 'persisted')
if not state[1] or state[1] ~= refused or tonumber(state[2] or '0') >= tonumber(refused) then
  return 0
end
local since = redis.call('ZSCORE', dirty_key, item_key)
if since then
  redis.call('ZADD', parked_key, since, item_key)
  redis.call('ZREM', dirty_key, item_key)
end
redis.call('HSET', entry_key, 'parked', reason)
return 1
