-- Adds the caller's pending observations (pairs of counter name and number, from ARGV[first] on) to the shard's counters.
local function observe(shard_key, first)
  for i = first, #ARGV, 2 do
    redis.call('HINCRBY', shard_key, ARGV[i], ARGV[i + 1])
  end
end
