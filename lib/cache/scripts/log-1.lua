--[[
Drops from the log of changes what the history has, and hands out the next part: so a log of any length is recorded piece by piece.

KEYS  1 log of changes
ARGV  1 version up to which the history has it, 0 at first
      2 bytes that a part may have, but for one change that is larger by itself
Reply the changes of the part, flat
--]]
local log_key = KEYS[1]
local recorded, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])

-- A change begins with the number of elements that follow.
local function elements(head)
  return tonumber(string.match(head, '^%d+'))
end

local head = redis.call('LRANGE', log_key, 0, 1)
while head[1] and tonumber(head[2]) <= recorded do
  redis.call('LTRIM', log_key, 1 + elements(head[1]), -1)
  head = redis.call('LRANGE', log_key, 0, 1)
end

local part, bytes, at = {}, 0, 0
local first = head[1]
while first and bytes < max_bytes do
  local change = redis.call('LRANGE', log_key, at, at + elements(first))
  for i = 1, #change do
    part[#part + 1] = change[i]
    bytes = bytes + #change[i]
  end
  at = at + #change
  first = redis.call('LINDEX', log_key, at)
end
return part
