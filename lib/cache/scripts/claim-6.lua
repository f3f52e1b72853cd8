--[[
Claims one item for a flush: returns its newest state and clears the outstanding-signal mark. (Rule 4.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard  6 log of changes
ARGV  1 item key
      2 version of the message, '' for a sweep or a flush-now
      3 '1' if the message carries the value
      then of each message: its version, '1' if it was sent past the cache
Reply 'claimed', 1 if there are changes to record, the newest lost version, since when it is dirty (ms), the entry
      'skip', 0, the newest lost version: the version is stored already    'clean': nothing to flush
      'image', 1 if there are changes to record: the message has the newest value
      'unknown', the same: the entry is gone or older, and the message has no value
      'foreign', its format: another version wrote the entry, and this one does not read it
      A lost version ('' for none) is that of a write which the entry was patched without, and no state has any more.
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key, log_key = unpack(KEYS)
local item_key, wanted, has_value = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'

-- Removes nothing, but is allowed at maxmemory, and after it so is the rest: a full Valkey must still drain.
local function allow_more()
  redis.call('ZREM', dirty_key, '')
end

-- The newest version of the messages that the patches of the entry do not have; found once.
local function newest_lost(whole, first)
  local lost = 0
  if not whole then
    return ''
  end
  for i = 4, #ARGV, 2 do
    local sent, past_cache = tonumber(ARGV[i]), ARGV[i + 1] == '1'
    if sent > tonumber(whole) and (sent < tonumber(first) or past_cache) then
      lost = math.max(lost, sent)
    end
  end
  if lost == 0 then
    return ''
  end
  local text = string.format('%.0f', lost)
  redis.call('HSET', entry_key, 'whole', text)
  redis.call('HINCRBY', shard_key, 'knownLost', 1)
  return text
end

--- @format
local state = redis.call('HMGET', entry_key, 'version', 'persisted', 'whole', 'first', 'format')
if state[5] and math.abs(tonumber(state[5]) - FORMAT) > 1 then
  return { 'foreign', tonumber(state[5]) }
end
local version, persisted = tonumber(state[1] or ''), tonumber(state[2] or '0')
if wanted then
  if not version or version < wanted then
    redis.call('DEL', lease_key)
    return { has_value and 'image' or 'unknown', redis.call('EXISTS', log_key) }
  end
  if persisted >= wanted then
    allow_more()
    redis.call('HINCRBY', shard_key, 'skipped', 1)
    return { 'skip', 0, newest_lost(state[3], state[4]) }
  end
elseif not version or persisted >= version then
  redis.call('ZREM', dirty_key, item_key)
  return { 'clean' }
end

redis.call('HDEL', entry_key, 'signalled', 'since')
local since = redis.call('ZSCORE', dirty_key, item_key) or redis.call('ZSCORE', parked_key, item_key)
return { 'claimed', redis.call('EXISTS', log_key), newest_lost(state[3], state[4]), since or '', redis.call('HGETALL', entry_key) }
