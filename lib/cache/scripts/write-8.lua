--[[
Writes one item: checks, assigns the version, changes the entry, marks it dirty, decides whether to signal. (Rules 1, 9, 10, 14.)

KEYS  1 entry  2 dirty index  3 parked index  4 lease  5 shard; and only where one of them is needed
      6 idempotency record  7 log of changes  8 recently created items of a listable collection
ARGV  1 item key    2 operation: put, patch, delete    3 durability level: cache, queue, database    4 now, microseconds
      5 dirty items that this shard has room for    6 bytes that attributes may have    7 bytes that those of a put have, else ''
      8 number of arguments that describe the change    9 number of arguments that are options
      then the change: put: field, text; patch: operator, name, text; a text is '<bytes> <json>', of add
      '<bytes of the name> <by> <min> <max>', '-' for no bound, of max and min '<bytes of the name> <number>'
      then the options, name and value:
        condition: '*' exists, 'none' does not exist, else the version it must have
        actor, comment; caller: its verified identity
        fingerprint of a request with an idempotency key, and recordMs: how long to remember it
        token of the lease to take if the item has to be loaded, and leaseMs; without them none is taken
        audited: the change is to be kept for the history
        listed, in a listable collection: of an item that is not cached: 'load' it first, 'new' it is, 'blind' whatever it is
      then the observations
Reply 'ok', version, 1 if a signal is to be sent, the entry (patch only), version that created the item (if it is known)
      'replay', version, 1 if a signal or store may be missing, the record (after a patch it holds the resulting entry)
      'miss': the caller holds the lease and loads the item    'busy': another caller does, or none
      'foreign' format: another version wrote the entry, and this one does not read it
      'ended' 1 if the shard has no version left, which may mean that the items are elsewhere, else 0: it is the entry
      'conflict', 'full', 'unrecorded': the log has no room, 'large' bytes of the attributes, 'many', 'precondition' version or '',
      'bound' name current, 'type' name, 'range' name
--]]
local entry_key, dirty_key, parked_key, lease_key, shard_key, record_key, log_key, recent_key = unpack(KEYS)
local item_key, operation, level, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local first_change, last_change = 10, 9 + tonumber(ARGV[8])
local last_option = last_change + tonumber(ARGV[9])
local option = {}
for i = last_change + 1, last_option, 2 do
  option[ARGV[i]] = ARGV[i + 1]
end
local condition, fingerprint, listed = option.condition, option.fingerprint, option.listed
local MAX_ATTRIBUTES, MAX_SAFE_INTEGER = 1000, 9007199254740991
-- What the log of one item may grow to while nothing is recorded: one item must not take the memory of all.
local MAX_LOG_BYTES, BYTES_PER_ELEMENT = 8388608, 8

--- @format
local state = redis.call('HMGET', entry_key, 'version', 'persisted', 'signalled', 'since', 'deleted', 'parked', 'format', 'shape')
if state[7] and math.abs(tonumber(state[7]) - FORMAT) > 1 then
  return { 'foreign', state[7] }
end
local old_version, persisted, signalled, since = tonumber(state[1] or ''), tonumber(state[2] or '0'), state[3], state[4]
local deleted, was_parked = state[5], state[6]
-- A field costs its time, also where there is none; a put of an item that is not listed needs none of these.
local more = (operation == 'patch' or listed)
  and redis.call('HMGET', entry_key, 'bytes', 'attributes', 'created', 'whole', 'first') or {}
local created, whole, first = more[3] or '', more[4], more[5]
local dirty = old_version and old_version > persisted

if fingerprint then
  local record = redis.call('HMGET', record_key, 'fingerprint', 'version')
  if record[1] then
    if record[1] ~= fingerprint then
      return { 'conflict' }
    end
    local stored = old_version and persisted >= tonumber(record[2])
    return { 'replay', record[2], stored and 0 or 1, redis.call('HGETALL', record_key) }
  end
end

if not old_version and (operation == 'patch' or condition or listed == 'load') then
  local leased = option.token and redis.call('SET', lease_key, option.token, 'NX', 'PX', option.leaseMs)
  return { leased and 'miss' or 'busy' }
end

local exists = old_version and not deleted
if condition then
  local holds = (condition == 'none' and not exists) or (condition == '*' and exists) or (exists and condition == state[1])
  if not holds then
    return { 'precondition', exists and state[1] or '' }
  end
end
if not dirty and redis.call('ZCARD', dirty_key) + redis.call('ZCARD', parked_key) >= tonumber(ARGV[5]) then
  return { 'full' }
end
-- Each change in the log begins with the bytes logged before it and ends with those after it. Only what is dirty is refused, because
-- then a flush will make room.
local logged_before = option.audited and tonumber(string.match(redis.call('LINDEX', log_key, 0) or '', '^%d+ (%d+)$') or '') or 0
local logged = option.audited and tonumber(string.match(redis.call('LINDEX', log_key, -1) or '', '^%d+ %d+ (%d+)$') or '') or 0
if dirty and logged - logged_before >= MAX_LOG_BYTES then
  return { 'unrecorded' }
end

--- @include change.lua
if bytes > tonumber(ARGV[6]) and operation ~= 'delete' then
  return { 'large', string.format('%.0f', bytes) }
end
if attributes > MAX_ATTRIBUTES then
  return { 'many' }
end

local shard = redis.call('HMGET', shard_key, 'clock', 'since')
-- At a place that came later every shard has a clock since it was opened: without one Valkey lost its data, and that this place counts.
if not shard[1] and string.find(shard_key, '^{wb:%w+%.') then
  return { 'ended', 1 }
end
local clock = tonumber(shard[1] or '0')
local version = math.max((old_version or 0) + 1, clock + 1, now)
-- Beyond this, numbers do not differ by one: later writes would look as if they were stored. Only a version that was made up gets here.
if version > MAX_SAFE_INTEGER then
  return { 'ended', clock + 1 > MAX_SAFE_INTEGER and 1 or 0 }
end
local version_text = version == now and ARGV[4] or string.format('%.0f', version)

-- Before the first change: whatever Valkey refuses here, nothing is half done.
local replaces = operation ~= 'patch' or deleted
local fields_there = replaces and redis.call('HLEN', entry_key) or 0

-- The first change is one that Valkey refuses when it is out of memory: it refuses all or nothing.
local signal = level == 'queue' or (level == 'cache' and not signalled)
redis.call('HSET', shard_key, 'clock', version_text)
redis.call('HINCRBY', shard_key, 'writes:' .. level, 1)
if not shard[2] then
  redis.call('HSET', shard_key, 'since', ARGV[4])
end
if signal then
  redis.call('HINCRBY', shard_key, 'signals', 1)
end
if not listed or operation == 'delete' then
  created = ''
elseif deleted or (not old_version and listed == 'new') then
  created = version_text
end
local fields = { 'version', version_text, 'persisted', state[2] or '0', 'since', since or ARGV[4],
  'bytes', string.format('%d', bytes), 'attributes', string.format('%d', attributes) }
local last_field = #fields
local function field(name, value)
  fields[last_field + 1], fields[last_field + 2] = name, value
  last_field = last_field + 2
end
if FORMAT > 1 then
  field('format', string.format('%d', FORMAT))
end
if signal then
  field('signalled', version_text)
elseif signalled then
  field('signalled', signalled)
end
if operation == 'delete' then
  field('deleted', '1')
end
if state[8] then
  field('shape', state[8])
end
if created ~= '' then
  field('created', created)
end
if option.actor then
  field('actor', option.actor)
end
if option.comment then
  field('comment', option.comment)
end
-- A patch has all writes up to the whole state that it was made on, and those from its first one on. A message of a version in
-- between is of a write that Valkey lost, or never had: the claim sees that.
if operation == 'patch' then
  field('whole', whole or state[1])
  field('first', first or version_text)
end
for i = 1, #changed do
  fields[last_field + i] = changed[i]
end
local fields_added = redis.call('HSET', entry_key, unpack(fields))
-- Most states have the fields of the one before, and replace them faster than they follow a deletion.
if replaces and 2 * (fields_there + fields_added) > #fields then
  redis.call('DEL', entry_key)
  redis.call('HSET', entry_key, unpack(fields))
end
if old_version and not dirty then
  redis.call('PERSIST', entry_key)
end
if created == version_text then
  redis.call('ZADD', recent_key, version_text, item_key)
elseif listed and operation == 'delete' then
  redis.call('ZREM', recent_key, item_key)
end
if option.audited then
  local actor, comment = option.actor and '=' .. option.actor or '', option.comment and '=' .. option.comment or ''
  local change = { version_text, operation, option.caller or '', actor, comment, string.format('%d', #changed), unpack(changed) }
  for i = 1, #removed do
    change[#change + 1] = string.sub(removed[i], 2)
  end
  local elements, logged_after = #change + 1, logged + #table.concat(change) + BYTES_PER_ELEMENT * #change
  change[elements] = string.format('%d %s %.0f', elements, version_text, logged_after)
  redis.call('RPUSH', log_key, string.format('%d %.0f', elements, logged), unpack(change))
  -- A flush that found no history may have let it expire; with a write there is one again.
  if not dirty then
    redis.call('PERSIST', log_key)
  end
end
if operation == 'patch' and not deleted then
  if not option.actor then removed[#removed + 1] = 'actor' end
  if not option.comment then removed[#removed + 1] = 'comment' end
  removed[#removed + 1] = 'parked'
  redis.call('HDEL', entry_key, unpack(removed))
end

if not dirty or was_parked then
  local parked_since = was_parked and redis.call('ZSCORE', parked_key, item_key)
  redis.call('ZADD', dirty_key, parked_since or string.format('%.0f', math.floor(now / 1000)), item_key)
end
if was_parked then
  redis.call('ZREM', parked_key, item_key)
end
-- Of what is dirty already nobody holds a lease.
if not dirty then
  redis.call('DEL', lease_key)
end
--- @include observe.lua
observe(shard_key, last_option + 1)

local entry = operation == 'patch' and redis.call('HGETALL', entry_key) or {}
if fingerprint then
  redis.call('HSET', record_key, 'fingerprint', fingerprint, 'version', version_text, unpack(entry))
  redis.call('PEXPIRE', record_key, option.recordMs)
end
local reply = { 'ok', version_text, signal and 1 or 0 }
-- What is not there is left out, because most writes have neither.
if created ~= '' then
  reply[4], reply[5] = entry, created
elseif operation == 'patch' then
  reply[4] = entry
end
return reply
