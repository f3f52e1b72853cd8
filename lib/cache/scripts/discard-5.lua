--[[
Drops an entry that is still parked at a version, or an older one: reads show the store again. (Rule 11.)

KEYS  1 entry  2 dirty index  3 parked index  4 log of changes: those of what is dropped are recorded
      5 recently created items of a listable collection
ARGV  1 item key
      2 version of the dead letter that is given up
Reply 1 if dropped, else 0
--]]
local entry_key, dirty_key, parked_key, log_key, recent_key = unpack(KEYS)
local item_key, refused = ARGV[1], tonumber(ARGV[2])

local state = redis.call('HMGET', entry_key, 'version', 'parked', 'persisted', 'created')
local version, parked = tonumber(state[1] or ''), state[2]
local persisted, created = tonumber(state[3] or '0'), tonumber(state[4] or '')
if not parked or version > refused then
  return 0
end
redis.call('DEL', entry_key, log_key)
redis.call('ZREM', dirty_key, item_key)
redis.call('ZREM', parked_key, item_key)
-- An earlier state that is stored exists on: it leaves the recent ones by itself, once the index has it.
if not created or persisted < created then
  redis.call('ZREM', recent_key, item_key)
end
return 1
