--[[
Gives items their turns, one after the other at an even pace, as many as have theirs soon enough.

KEYS  1 pace: when the next turn is, ms since the epoch
ARGV  1 now, ms since the epoch
      2 items
      3 ms from one turn to the next
      4 how far away the last turn may be, ms
Reply how many have a turn; ms from now to the last of these; ms from now to the next one
--]]
local pace_key = KEYS[1]
local now, items, step, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

-- Nobody takes a turn that is further away than this: a clock was ahead.
local furthest = 1000 * 1000 + step

local next_turn = tonumber(redis.call('GET', pace_key) or '') or now
if next_turn < now or next_turn > now + furthest then
  next_turn = now
end
local first = next_turn - now
local granted = math.max(0, math.min(items, math.floor((longest - first) / step) + 1))
if granted == 0 then
  return { 0, 0, math.ceil(first) }
end
local after = first + granted * step
-- Allowed without memory; what a script does after its first change is, too.
redis.call('DEL', pace_key)
redis.call('SET', pace_key, string.format('%.3f', now + after), 'PX', string.format('%.0f', math.ceil(after) + 1000))
return { granted, math.ceil(after - step), math.ceil(after) }
