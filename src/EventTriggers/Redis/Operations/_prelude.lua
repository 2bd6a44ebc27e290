-- Prepended to every script. KEYS[1] is always the partition's root, e.g. {et:0}: every other key starts with it, and because each script
-- declares it, servers that lock by key run the scripts of a partition one at a time.
local root = KEYS[1]

-- The score of a trigger that is not due by time: it is paused, or waits for events. Exact as a double.
local NEVER = '9007199254740991'

-- The last moment that hosts can hold, the end of year 9999.
local MAX = 253402300799999

local function key(kind, name) return root .. ':' .. kind .. ':' .. name end

-- The key of an event's hash, and back.
local event_prefix = root .. ':event:'
local function event_key(id) return event_prefix .. id end
local function id_of(event) return string.sub(event, #event_prefix + 1) end

local function int(number) return string.format('%d', number) end

-- Reads a value that must be a whole number, but may have been written by another program: the number, if a double holds it exactly; else
-- nil. Fields of hashes are read only in this way, because arithmetic on a word would abort the script halfway.
local function whole(value)
  local number = value
  if type(value) == 'string' then number = #value <= 17 and string.match(value, '^%-?%d+$') and tonumber(value) end
  if type(number) == 'number' and number >= -9007199254740992 and number <= 9007199254740992 then return number end
end

-- Whether a field is there and cannot be read.
local function is_bad(value) return value and not whole(value) end

-- Says which field cannot be read, and what it holds.
local function bad_field(field, value)
  return "Field '" .. field .. "' holds '" .. string.gsub(string.sub(value, 1, 100), '[^%w%p ]', '?') .. "', which cannot be read."
end

-- The status of a delivery. A leased one also names the consumer and its call, as in 'leased CONSUMER.CALL'.
local function status_of(word) return word and string.sub(word, 1, 7) == 'leased ' and 'leased' or word end

-- Values of a hash; none if the key holds something else: then is_foreign is set.
local function fields_of(hash, ...)
  local values = redis.pcall('HMGET', hash, ...)
  return values.err and { is_foreign = true } or values
end

-- The same for a trigger's hash by name: the value of each field, or false. Lua makes a table with these fields in one step, and one that
-- grows field by field in several; the difference shows in a call that fires many triggers.
local function read_fields(hash, names)
  local values = redis.pcall('HMGET', hash, unpack(names))
  if values.err then return { is_foreign = true } end
  local fields = {
    type = false, fired = false, status = false, version = false, times = false, start = false, options = false, kind = false,
    error = false, trace = false, skip = false,
  }
  for i = 1, #names do fields[names[i]] = values[i] end
  return fields
end

-- The server's clock in unix ms, so that hosts with skewed clocks agree on what is due. Tests pin it by sending a time; production sends
-- ''.
local function now_ms(pinned)
  if pinned ~= '' then return tonumber(pinned) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- 'key type' when the key holds something else than it must, or nil. TYPE answers a status.
local function wrong_type(name, wanted)
  local reply = redis.pcall('TYPE', name)
  local found = type(reply) == 'table' and reply.ok or reply
  if type(found) == 'string' and found ~= 'none' and found ~= wanted then return name .. ' ' .. found end
end

-- Notes that a key holds something of another type. repair.lua reports it for as long as it does.
local noted = {}
local function note_foreign(name)
  if not noted[name] then redis.pcall('ZADD', root .. ':foreign', now_ms(''), name) end
  noted[name] = true
end

-- Runs a command on a key that the script can do without: nil where the key holds something of another type, which is noted. Any other
-- error ends the script, as it does with redis.call().
local function reach(command, name, ...)
  local reply = redis.pcall(command, name, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not string.find(reply.err, 'WRONGTYPE', 1, true) then return redis.call(command, name, ...) end
  note_foreign(name)
end

-- At most so many ended entries are noted: nothing bounds how many entries end while an index holds something else. The scan of the keys
-- finds the rest.
local MOST_STRAYS = 10000

-- Notes entries that could not be added to their index: repair.lua adds them once the key is gone. kind: 'event' or 'trigger'; or
-- 'unrouted', 'parked' or 'backlog' for a list that is missing in the index of such lists, with the rest of its name for an id. has_ended:
-- whether nothing waits for them.
local function stray(kind, ids, has_ended)
  local strays, count = root .. ':strays', #ids
  if has_ended then count = math.min(count, MOST_STRAYS - (whole(redis.pcall('ZCARD', strays)) or 0)) end
  for i = 1, count do redis.pcall('ZADD', strays, now_ms(''), kind .. ':' .. ids[i]) end
end

-- Sends a message to every consumer. Always the last thing that a script does, and never an error.
local function tell(channel, message) redis.pcall('PUBLISH', channel, message) end

-- Wakes one waiting consumer of a group, and no other: the one that began to wait last. If it finds more than it can take, it wakes the
-- next. Always the last thing that a script does, and never an error: a lost message costs a poll, not an event.
local function wake(channel, group)
  for _ = 1, 10 do
    local popped = redis.pcall('ZPOPMAX', key('waiting', group))
    if not popped[1] then return end
    -- If the message reaches no subscriber, that consumer is gone. In a cluster, a consumer with '~' may be connected to another node.
    local heard = redis.pcall('PUBLISH', channel .. ':' .. popped[1], group)
    if heard ~= 0 or string.sub(popped[1], 1, 1) == '~' then return end
  end
end

-- The same when a trigger is due earlier than before: the consumers that match triggers also fire them.
local function wake_for_triggers(channel) wake(channel, '$triggers') end

-- Notes which consumer is the leader: it wakes when the next trigger is due. The others wake a little later, in case the leader is gone.
local function set_leader(leader, consumer, next)
  if next < 0 then redis.pcall('DEL', leader)
  elseif consumer ~= '' then redis.pcall('SET', leader, consumer .. ' ' .. int(next), 'PX', 11000) end
end

-- The lowest score of a zset, or nil.
local function head(zset)
  local first = reach('ZRANGE', zset, 0, 0, 'WITHSCORES')
  return first and first[2] and tonumber(first[2])
end

-- The highest.
local function tail(zset)
  local last = reach('ZRANGE', zset, -1, -1, 'WITHSCORES')
  return last and last[2] and tonumber(last[2])
end

-- The same as head(), for replies: -1 stands for none, and a trigger that was due before 1970 is due at 0.
local function next_due(zset)
  local first = head(zset)
  return first and math.max(first, 0) or -1
end

-- A list of popped members: some servers answer one member bare.
local function pop(list, count)
  local ids = reach('RPOP', list, count)
  if not ids then return {} end
  return type(ids) == 'table' and ids or { ids }
end

local function append(lists, name, first, second)
  local list = lists[name]
  if not list then
    list = {}
    lists[name] = list
  end
  list[#list + 1] = first
  if second then list[#list + 1] = second end
end

-- Adds a field and its value to those of a hash. Neither nil nor '' is a value.
local function add_field(fields, field, value)
  if not value or value == '' then return end
  fields[#fields + 1] = field
  fields[#fields + 1] = value
end

-- Puts ids of events into a list, at its end. A command takes at most 1000 of them, because unpack() fails at a few thousand.
local function push(list, ids)
  for i = 1, #ids, 1000 do
    if not reach('LPUSH', list, unpack(ids, i, math.min(i + 999, #ids))) then return stray('event', ids) end
  end
end

-- The same at its front, for at most a thousand.
local function push_in_front(list, ids)
  if #ids > 0 and not reach('RPUSH', list, unpack(ids)) then stray('event', ids) end
end

-- The same in a sorted set: score, id, score, id … is_live: whether they have not ended.
local function file(zset, scored, is_live)
  for i = 1, #scored, 1000 do
    if not reach('ZADD', zset, unpack(scored, i, math.min(i + 999, #scored))) then
      local ids = {}
      for n = 2, #scored, 2 do ids[n / 2] = scored[n] end
      return stray('event', ids, not is_live)
    end
  end
end

-- Whether a trigger of this kind is due again and again.
local function recurs(kind) return kind == 'every' or kind == 'cron' end
