-- Versions that came from elsewhere (the store, a message) count for the shard clock too, also after Valkey lost it.
local function raise_clock(shard_key, clock, version)
  -- Of a place that came later the clock is set when it is opened: it must not come from here, see the write script.
  local is_open = clock or not string.find(shard_key, '^{wb:%w+%.')
  if is_open and version > tonumber(clock or '0') then
    redis.call('HSET', shard_key, 'clock', string.format('%.0f', version))
  end
end
