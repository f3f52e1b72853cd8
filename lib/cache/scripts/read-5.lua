--[[
Reads one entry; on a miss takes the lease, so that one caller loads the item and the others wait. (Rule 8.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard
ARGV  1 item key
      2 lease token, '' to look without loading
      3 lease, ms
Reply 'hit', since when it is dirty (ms, '' when clean), the entry
      'miss': the caller holds the lease    'busy': another caller does    'full': no memory for a lease, load without filling
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key = unpack(KEYS)
local item_key, token, lease_ms = ARGV[1], ARGV[2], ARGV[3]

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
  return { 'hit', since or '', entry }
end

redis.pcall('HINCRBY', shard_key, 'misses', 1)
local leased = redis.pcall('SET', lease_key, token, 'NX', 'PX', lease_ms)
if type(leased) == 'table' and leased.err then
  return { 'full' }
end
return { leased and 'miss' or 'busy' }
