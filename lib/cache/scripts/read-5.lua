--[[
Reads one entry. On a miss takes the lease, so that one caller loads the item and the others wait; takes it also for a clean
entry that is about to expire, so that one caller refreshes it and the others go on reading. (Rule 8.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard
ARGV  1 item key
      2 lease token, '' to look without loading
      3 lease, ms
      4 from how long before it expires on an entry is refreshed, ms, '0' for never
Reply 'hit', since when it is dirty (ms, '' when clean), the entry, 1 if the caller holds the lease and refreshes it
      'miss': the caller holds the lease    'busy': another caller does    'full': no memory for a lease, load without filling
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key = unpack(KEYS)
local item_key, token, lease_ms, refresh_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

-- The lease, or false where another caller has it; an error where there is no memory for it, which must not fail a read.
local function take_lease()
  return redis.pcall('SET', lease_key, token, 'NX', 'PX', lease_ms)
end

local function refreshes()
  local left = redis.call('PTTL', entry_key)
  if left < 0 or left >= tonumber(refresh_ms) then
    return false
  end
  -- That an item does not exist is remembered for a moment only, always about to expire, and found out again when it has.
  local state = redis.call('HMGET', entry_key, 'version', 'deleted')
  if state[1] == '0' and state[2] then
    return false
  end
  local leased = take_lease()
  if not leased or leased.err then
    return false
  end
  redis.pcall('HINCRBY', shard_key, 'refreshes', 1)
  return true
end

local entry = redis.call('HGETALL', entry_key)
local hit = #entry > 0
if hit or token == '' then
  if token ~= '' then
    -- Counting must not fail a read when Valkey is out of memory.
    redis.pcall('HINCRBY', shard_key, 'hits', 1)
  end
  if not hit then
    return { 'miss' }
  end
  local since = redis.call('ZSCORE', dirty_key, item_key) or redis.call('ZSCORE', parked_key, item_key)
  local refresh = not since and token ~= '' and refresh_ms ~= '0' and refreshes()
  return { 'hit', since or '', entry, refresh and 1 or 0 }
end

redis.pcall('HINCRBY', shard_key, 'misses', 1)
local leased = take_lease()
if leased and leased.err then
  return { 'full' }
end
return { leased and 'miss' or 'busy' }
