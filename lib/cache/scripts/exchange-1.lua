--[[
Replaces a text, if it is still what the caller has read.

KEYS  1 the layout
ARGV  1 what it was    2 what it is to be
Reply 1 if replaced, else 0
--]]
local layout_key = KEYS[1]
if redis.call('GET', layout_key) ~= ARGV[1] then
  return 0
end
redis.call('SET', layout_key, ARGV[2])
return 1
