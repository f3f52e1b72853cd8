--[[
Claims one item for a flush: returns its newest state and clears the outstanding-signal mark. (Rule 4.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard  6 log of changes
ARGV  1 item key
      2 version of the message, '' for a sweep or a flush-now
      3 '1' if the message carries the value
Reply 'claimed', 1 if there are changes to record, since when it is dirty (ms), the entry
      'skip': the version is stored already    'clean': nothing to flush
      'image', 1 if there are changes to record: the message has the newest value
      'unknown', the same: the entry is gone or older, and the message has no value
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key, log_key = unpack(KEYS)
local item_key, wanted, has_value = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'

-- Removes nothing, but is allowed at maxmemory, and after it so is the rest: a full Valkey must still drain.
redis.call('ZREM', dirty_key, '')

local state = redis.call('HMGET', entry_key, 'version', 'persisted')
local version, persisted = tonumber(state[1] or ''), tonumber(state[2] or '0')
if wanted then
  if not version or version < wanted then
    redis.call('DEL', lease_key)
    return { has_value and 'image' or 'unknown', redis.call('EXISTS', log_key) }
  end
  if persisted >= wanted then
    redis.call('HINCRBY', shard_key, 'skipped', 1)
    return { 'skip' }
  end
elseif not version or persisted >= version then
  redis.call('ZREM', dirty_key, item_key)
  return { 'clean' }
end

redis.call('HDEL', entry_key, 'signalled', 'since')
local since = redis.call('ZSCORE', dirty_key, item_key) or redis.call('ZSCORE', parked_key, item_key)
return { 'claimed', redis.call('EXISTS', log_key), since or '', redis.call('HGETALL', entry_key) }
