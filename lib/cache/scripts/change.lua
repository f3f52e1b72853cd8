-- Works out a change from its arguments: `changed` (field, text, …), `removed` (fields), bytes and attributes of the result.
local bytes, attributes = 0, 0
local changed, removed = {}, {}

if operation == 'put' then
  bytes, attributes = tonumber(ARGV[7]), (last_change - first_change + 1) / 2
  for i = first_change, last_change do
    changed[i - first_change + 1] = ARGV[i]
  end
elseif operation == 'patch' then
  --- @include numbers.lua
  local function put_attribute(name, text, old)
    bytes = bytes + tonumber(string.match(text, '^%d+')) - (old and tonumber(string.match(old, '^%d+')) or 0)
    attributes = attributes + (old and 0 or 1)
    changed[#changed + 1] = '.' .. name
    changed[#changed + 1] = text
  end

  local function put_number(name, name_bytes, number, old)
    local text = string.format('%.17g', number)
    put_attribute(name, string.format('%d %s', tonumber(name_bytes) + number_bytes(text), text), old)
  end

  bytes, attributes = tonumber(more[1] or '0'), tonumber(more[2] or '0')
  for i = first_change, last_change, 3 do
    local operator, name, text = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local old = redis.call('HGET', entry_key, '.' .. name)
    if operator == 'set' then
      put_attribute(name, text, old)
    elseif operator == 'remove' then
      if old then
        bytes = bytes - tonumber(string.match(old, '^%d+'))
        attributes = attributes - 1
        removed[#removed + 1] = '.' .. name
      end
    else
      local current = old and number_of(old)
      if old and not current then
        return { 'type', name }
      end
      if operator == 'add' then
        local name_bytes, by, low, high = string.match(text, '^(%d+) (%S+) (%S+) (%S+)$')
        by = tonumber(by)
        local sum = (current or 0) + by
        if (low ~= '-' and sum < tonumber(low)) or (high ~= '-' and sum > tonumber(high)) then
          return { 'bound', name, string.format('%.17g', current or 0) }
        end
        local whole = by == math.floor(by) and (current or 0) == math.floor(current or 0)
        if not within_range(sum) or (whole and math.abs(sum) > MAX_SAFE_INTEGER) then
          return { 'range', name }
        end
        put_number(name, name_bytes, sum, old)
      else
        local name_bytes, number = string.match(text, '^(%d+) (%S+)$')
        local given = tonumber(number)
        local keep = current and ((operator == 'max' and current >= given) or (operator == 'min' and current <= given))
        if not keep then
          put_number(name, name_bytes, given, old)
        end
      end
    end
  end
end
