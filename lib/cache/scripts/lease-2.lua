--[[
Takes the lease of an item that is not cached, so that its caller may load it. For loads that nobody waits for: counts nothing,
and hands out nothing. (Rule 8.)

KEYS  1 entry  2 lease
ARGV  1 lease token, '' to look only
      2 lease, ms
Reply 'cached', 'absent' (only looked), 'leased': the caller holds the lease, 'busy': another caller does
--]]
local entry_key, lease_key = unpack(KEYS)
local token, lease_ms = ARGV[1], ARGV[2]

if redis.call('EXISTS', entry_key) == 1 then
  return 'cached'
end
if token == '' then
  return 'absent'
end
return redis.call('SET', lease_key, token, 'NX', 'PX', lease_ms) and 'leased' or 'busy'
