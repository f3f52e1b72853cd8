--[[
Hears that another program changed an item in the table. What the table had already is dropped, so that the next read loads the
item as it is now; what it has not yet stays, for the caller to decide about. (Rules 6 and 8.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard
ARGV  1 item key
      2 version that the item had in the table before the change, 0 if none
Reply 'absent': not cached    'dropped': the table had the entry's state, or a newer one
      'late', version: a newer state of the cache is in the table by now, over the change
      'conflict', version: a newer state of the cache is not in the table yet
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key = unpack(KEYS)
local item_key, before = ARGV[1], tonumber(ARGV[2])

-- Removes nothing, but is allowed at maxmemory, and after it so is the rest.
redis.call('ZREM', dirty_key, '')
redis.call('HINCRBY', shard_key, 'foreignChanges', 1)

local state = redis.call('HMGET', entry_key, 'version', 'persisted')
local version, persisted = tonumber(state[1] or ''), tonumber(state[2] or '0')
if not version then
  -- Whoever loads the item now may have read it before the change.
  redis.call('DEL', lease_key)
  return { 'absent' }
end
if version <= before then
  redis.call('DEL', entry_key, lease_key)
  redis.call('ZREM', dirty_key, item_key)
  redis.call('ZREM', parked_key, item_key)
  return { 'dropped' }
end
return { persisted >= version and 'late' or 'conflict', state[1] }
