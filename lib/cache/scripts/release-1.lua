--[[
Gives a lease back after a load that failed, if the caller still holds it. (Rule 8.)

KEYS  1 lease
ARGV  1 lease token
Reply 1 if released, else 0
--]]
local lease_key, token = KEYS[1], ARGV[1]

if redis.call('GET', lease_key) ~= token then
  return 0
end
return redis.call('DEL', lease_key)
