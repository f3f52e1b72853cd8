-- Versions that came from elsewhere (the store, a message) count for the shard clock too, also after Valkey lost it.
local function raise_clock(shard_key, version)
  local clock = tonumber(redis.call('HGET', shard_key, 'clock') or '0')
  if version > clock then
    redis.call('HSET', shard_key, 'clock', string.format('%.0f', version))
  end
end
