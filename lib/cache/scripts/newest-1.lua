--[[
Hands out the newest changes of the log before a version, however long the log is, and leaves the log as it is.

KEYS  1 log of changes
ARGV  1 version
      2 changes that are wanted
      3 bytes that they may have, but for one change that is larger by itself
Reply 1 if there are older ones, else 0; the changes, newest first, flat
--]]
local log_key = KEYS[1]
local before, wanted, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

-- Elements are looked at from the end in slices, larger and larger ones: to seek each of a long list by itself takes very long.
local slice, start, length = {}, 0, 8
local function element(index)
  if index < start or index >= start + #slice then
    length = math.min(1024, length * 2)
    start = math.max(0, index - length + 1)
    slice = redis.call('LRANGE', log_key, start, index)
  end
  return slice[index - start + 1]
end

local part, bytes, changes = {}, 0, 0
local last = redis.call('LLEN', log_key) - 1
while last >= 0 and changes < wanted and bytes < max_bytes do
  -- A change ends with the number of elements before this one, and its version.
  local elements, version = string.match(element(last), '^(%d+) (%d+) %d+$')
  if not elements then
    -- Logged by the version before this, without an end: what is here is seen when it is recorded, with the next flush.
    last = -1
    break
  end
  local first = last - tonumber(elements)
  if tonumber(version) < before then
    for _, element in ipairs(redis.call('LRANGE', log_key, first, last)) do
      part[#part + 1] = element
      bytes = bytes + #element
    end
    changes = changes + 1
  end
  last = first - 1
end
return { last >= 0 and 1 or 0, part }
