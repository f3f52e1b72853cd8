-- As in `attributeBytes`: digits pair from the decimal point outwards, so an odd one out may take a byte at either end.
local function number_bytes(text)
  local digits = string.gsub(string.match(text, '^-?([%d.]+)'), '%.', '')
  digits = string.gsub(string.gsub(digits, '^0+', ''), '0+$', '')
  if digits == '' then
    return 1
  end
  return 2 + math.floor(#digits / 2) + (string.sub(text, 1, 1) == '-' and 1 or 0)
end

-- Returns the number, or nil for an attribute that is none.
local function number_of(old)
  return tonumber(string.match(old, '^%d+ (-?%d[%d.eE+-]*)$') or '')
end

local function within_range(number)
  local size = math.abs(number)
  return size == 0 or (size >= 1e-130 and size < 1e126)
end

