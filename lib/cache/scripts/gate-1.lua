--[[
Closes a shard to all writes of its layout, opens it again, or closes it for good. A closed shard has no version left to give, which the
write script finds out with what it reads anyway. (Decision 0031.)

KEYS  1 shard
ARGV  1 'close', 'open', 'reopen' (what nobody opened in time, or lost its clock with its data), 'forget' (closed for good, its counters gone)
      2 now, ms; of 'close': until when it may be reopened only by who closed it
Reply the shard clock as it is open, 'closed' if it is not time yet, '' if it was never closed and no version is left
--]]
local shard_key = KEYS[1]
local action, time = ARGV[1], ARGV[2]
local NO_VERSION_LEFT = '9007199254740991'

local state = redis.call('HMGET', shard_key, 'clock', 'closedClock', 'closedUntil')
local clock, closed_clock, closed_until = state[1] or '0', state[2], state[3]
if action == 'close' then
  -- Left closed by somebody who died: it is ours now.
  redis.call('HSET', shard_key, 'clock', NO_VERSION_LEFT, 'closedClock', closed_clock or clock, 'closedUntil', time)
  return closed_clock or clock
end
if action == 'reopen' and not state[1] then
  redis.call('HSET', shard_key, 'clock', '0')
  return '0'
end
if not closed_clock then
  -- Somebody else has reopened it.
  return clock ~= NO_VERSION_LEFT and clock or ''
end
if action == 'reopen' and (closed_until == 'ever' or tonumber(closed_until) > tonumber(time)) then
  return 'closed'
end
if action == 'forget' then
  redis.call('DEL', shard_key)
  redis.call('HSET', shard_key, 'clock', NO_VERSION_LEFT, 'closedClock', closed_clock, 'closedUntil', 'ever')
else
  redis.call('HSET', shard_key, 'clock', closed_clock)
  redis.call('HDEL', shard_key, 'closedClock', 'closedUntil')
end
return closed_clock
