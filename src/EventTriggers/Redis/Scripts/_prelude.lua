-- Prepended to every script. KEYS[1] is always the partition's root, e.g. {et:0}: every other key starts with it, and
-- declaring it in each script is what serialises them on servers that lock by key.
local root = KEYS[1]

-- The score of what is not due by time: a paused trigger, or one that waits for events. Exact as a double.
local NEVER = '9007199254740991'

-- The last moment that hosts can hold, the end of year 9999.
local MAX = 253402300799999

-- Deliveries that have crashed so many consumers are handed out one at a time, so that the one that does it takes no others along.
local SUSPECT = 2

local function key(kind, name) return root .. ':' .. kind .. ':' .. name end

-- The key of an event's hash, and back.
local event_prefix = root .. ':event:'
local function event_key(id) return event_prefix .. id end
local function id_of(event) return string.sub(event, #event_prefix + 1) end

local function int(number) return string.format('%.0f', number) end

-- The server's clock in unix ms, so that hosts with skewed clocks agree on what is due.
-- Tests pin it by sending a time; production sends ''.
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

-- Tells every consumer. Always the last thing a script does, and never an error.
local function tell(channel, message) redis.pcall('PUBLISH', channel, message) end

-- Wakes one consumer of a group that waits for work, and no other: the one that said so last. If it finds more than it can take, it wakes the
-- next. Always the last thing a script does, and never an error: a lost ring costs a poll, not an event.
local function wake(channel, group)
  for _ = 1, 10 do
    local popped = redis.pcall('ZPOPMAX', key('waiting', group))
    if not popped[1] then return end
    -- When nobody hears it, that consumer is gone. One that says '~' may be heard by another node of a cluster.
    local heard = redis.pcall('PUBLISH', channel .. ':' .. popped[1], group)
    if heard ~= 0 or string.sub(popped[1], 1, 1) == '~' then return end
  end
end

-- The same when a trigger is due earlier than before: whoever matches triggers fires them, too.
local function wake_for_triggers(channel) wake(channel, '$triggers') end

-- The lowest score of a zset, or nil.
local function head(zset)
  local first = redis.call('ZRANGE', zset, 0, 0, 'WITHSCORES')
  return first[2] and tonumber(first[2])
end

-- The highest.
local function tail(zset)
  local last = redis.call('ZRANGE', zset, -1, -1, 'WITHSCORES')
  return last[2] and tonumber(last[2])
end

-- The same as head() for replies, where -1 stands for none: what was due before 1970 is due at 0.
local function next_due(zset)
  local first = head(zset)
  return first and math.max(first, 0) or -1
end

-- A list of popped members: some servers answer one member bare.
local function pop(list, count)
  local ids = redis.call('RPOP', list, count)
  if not ids then return {} end
  return type(ids) == 'table' and ids or { ids }
end

-- What this operation answered when it already ran, 'overtaken' when the lane has moved on, or nil when it is new.
-- A lane holds 'sequence outcome ms' of the last operation that was sent through it.
local function replayed(lanes, lane, sequence)
  local last = redis.call('HGET', lanes, lane)
  if not last then return nil end
  local number, outcome = string.match(last, '^(%d+) (%S+)')
  if tonumber(number) < tonumber(sequence) then return nil end
  return tonumber(number) == tonumber(sequence) and outcome or 'overtaken'
end

-- Refused when memory is full, so as a script's first write it protects all that follow.
local function record(lanes, lane, sequence, outcome, now)
  redis.call('HSET', lanes, lane, sequence .. ' ' .. outcome .. ' ' .. int(now))
  return outcome
end

-- The same for scripts that must work when memory is full: a script whose first write is a removal is let through.
local function record_always(lanes, lane, sequence, outcome, now)
  redis.call('HDEL', lanes, lane)
  return record(lanes, lane, sequence, outcome, now)
end

-- Events of this script by where they go; send() files them with one command a list.
local outbox = { ready = {}, delayed = {}, unrouted = {}, routes = {}, now = 0 }

local function append(lists, name, first, second)
  local list = lists[name]
  if not list then
    list = {}
    lists[name] = list
  end
  list[#list + 1] = first
  if second then list[#list + 1] = second end
end

-- What a lease is called in its index: the id, from the second claim on with its number. So who names a lease of an old claim names none.
local function lease_of(id, fence) return tonumber(fence or 1) > 1 and id .. '#' .. fence or id end
local function id_of_lease(lease) return string.match(lease, '^[^#]+') end

-- A hash is kept compact, in about half the memory, while none of its values is longer than 64 bytes (hash-max-listpack-value as servers
-- come). So a payload that is not much longer is kept in pieces of so many bytes.
local PIECE, PIECES = 64, { 'data', 'data:2', 'data:3', 'data:4' }

local function pieces_of(payload, count, ...)
  if count == 0 then return ... end
  return pieces_of(payload, count - 1, PIECES[count], string.sub(payload, PIECE * (count - 1) + 1, PIECE * count), ...)
end

-- A payload as fields and values of a hash, followed by others.
local function with_payload(payload, ...)
  local count = math.ceil(#payload / PIECE)
  if count < 2 or count > #PIECES then return 'data', payload, ... end
  return pieces_of(payload, count, ...)
end

-- How many bytes of payload there are in a hash, by its fields.
local function payload_size(fields)
  local size = #fields.data
  for p = 2, #PIECES do
    local piece = fields[PIECES[p]]
    if not piece then break end
    size = size + #piece
  end
  return size
end

-- The payload in a hash.
local function payload_of(hash)
  local pieces = redis.call('HMGET', hash, unpack(PIECES))
  for p = 1, #PIECES do pieces[p] = pieces[p] or '' end
  return table.concat(pieces)
end

-- The number of the next watch of a type. Not less than the time: what a server has forgotten that lost its last writes is not numbered again.
local function next_watch(watched)
  local number = int(math.max((redis.call('HGET', watched, 'number') or 0) + 1, now_ms('')))
  redis.call('HSET', watched, 'number', number)
  return number
end

-- Adds a ready id to the suspects or to the others, by how many consumers it has crashed.
local function sort_ready(suspected, others, crashes, id)
  local list = tonumber(crashes or 0) >= SUSPECT and suspected or others
  list[#list + 1] = id
end

-- Says, for good, that there are events which several groups hold.
local function share() redis.call('SET', root .. ':shared', '1') end

-- Where events of a type go, asked once a call: the groups that subscribe to it, and the fields that say so in an event's hash.
local function route_of(name)
  local route = outbox.routes[name]
  if not route then
    local groups = redis.call('SMEMBERS', key('routes', name))
    -- That triggers watch the type does not mean that a host wants its events: they wait for the first group all the same.
    route = { groups = groups, ready = {}, delayed = {}, is_unwanted = #groups == 0 or (#groups == 1 and groups[1] == '$triggers') }
    local watch
    for _, group in ipairs(groups) do
      -- Which triggers an event sees: those that began to watch before it.
      if group == '$triggers' then
        local w = redis.call('HMGET', key('watched', name), 'number', 'epoch')
        watch = int(tail(key('on', name)) or 0) .. ' ' .. (w[1] or '0') .. ' ' .. (w[2] or '')
      end
    end
    for status, fields in pairs({ ready = route.ready, delayed = route.delayed }) do
      for _, group in ipairs(groups) do
        fields[#fields + 1] = 'status:' .. group
        fields[#fields + 1] = status
      end
      if #groups > 1 then
        fields[#fields + 1] = 'refs'
        fields[#fields + 1] = int(#groups)
      end
      if watch then
        fields[#fields + 1] = 'watch'
        fields[#fields + 1] = watch
      end
    end
    outbox.routes[name] = route
  end
  return route
end

-- Notes where an event goes, and answers the fields that say so. due: ms when it becomes ready, or nil.
local function deliver(id, name, due)
  local route = route_of(name)
  for _, group in ipairs(route.groups) do
    if due then append(outbox.delayed, group, due, id) else append(outbox.ready, group, id) end
  end
  if route.is_unwanted then append(outbox.unrouted, name, id) end
  return due and route.delayed or route.ready
end

-- Accepts one event with options from ARGV[i…i+7]: payload, delay ms, expires after ms, correlation, headers, '1' when the caller chose
-- the id, how many triggers led to it, which events cancel it. '' means absent. An id that was chosen before is accepted already: nothing happens.
local function accept_one(event, name, i, now, dedup)
  local id, chosen = id_of(event), ARGV[i + 5] ~= ''
  if chosen and redis.call('EXISTS', key('seen', id), event) > 0 then return end

  local due = ARGV[i + 1] ~= '' and now + ARGV[i + 1] or nil
  local fields = { 'type', name, 'at', int(now) }
  local function set(field, value)
    if value ~= '' then
      fields[#fields + 1] = field
      fields[#fields + 1] = value
    end
  end
  set('due', due and int(due) or '')
  set('expires', ARGV[i + 2] ~= '' and int(now + ARGV[i + 2]) or '')
  set('correlation', ARGV[i + 3])
  set('headers', ARGV[i + 4])
  set('depth', ARGV[i + 6])
  set('cancelon', ARGV[i + 7])
  for _, value in ipairs(deliver(id, name, due)) do fields[#fields + 1] = value end
  -- Pieces do not help where another value is too long for a compact hash anyway.
  if math.max(#ARGV[i + 3], #ARGV[i + 4], #ARGV[i + 7]) > PIECE then
    redis.call('HSET', event, 'data', ARGV[i], unpack(fields))
  else
    redis.call('HSET', event, with_payload(ARGV[i], unpack(fields)))
  end
  if chosen then redis.call('SET', key('seen', id), '1', 'PX', dedup) end
end

-- Accepts published events. Their hashes are KEYS[k] and on; what they hold is in ARGV[i] and on, in runs: a type, a count, and so many
-- payloads; or a type, 0, and one event with options. Most of what is published is plain, and costs two values an event like this.
local function accept(k, i, count, now, dedup)
  local last, at = k + count - 1, int(now)
  outbox.now = now
  while k <= last do
    local name, plain = ARGV[i], tonumber(ARGV[i + 1])
    i = i + 2
    if plain == 0 then
      accept_one(KEYS[k], name, i, now, dedup)
      k, i = k + 1, i + 8
    end
    for _ = 1, plain do
      redis.call('HSET', KEYS[k], 'type', name, 'at', at, with_payload(ARGV[i], unpack(deliver(id_of(KEYS[k]), name))))
      k, i = k + 1, i + 1
    end
  end
end

-- At most so many values go into one command; unpack() fails at a few thousand.
local function push(list, ids)
  for i = 1, #ids, 1000 do redis.call('LPUSH', list, unpack(ids, i, math.min(i + 999, #ids))) end
end

-- Pushes what deliver() noted, and wakes a consumer of each group that got something to do, or something that is due earlier than it knew. own:
-- the group of a consumer that claims next; it and the triggers' group need no ring.
local function send(channel, own)
  local awake = {}
  for _, route in pairs(outbox.routes) do
    if #route.groups > 1 then share() end
  end
  for name, ids in pairs(outbox.unrouted) do
    local list = key('unrouted', name)
    push(list, ids)
    -- What has expired goes here, oldest first; so do the ids of events that only triggers wanted, which went with the triggers' deliveries.
    for _ = 0, #ids do
      local oldest = redis.call('LINDEX', list, -1)
      if not oldest then break end
      local event = event_key(oldest)
      local e = redis.call('HMGET', event, 'type', 'expires', 'status:$triggers')
      if e[1] and not (e[2] and tonumber(e[2]) <= outbox.now) then break end
      redis.call('RPOP', list)
      if not e[3] then redis.call('DEL', event) end
    end
  end
  for group, ids in pairs(outbox.ready) do
    push(key('ready', group), ids)
    awake[group] = true
  end
  for group, scored in pairs(outbox.delayed) do
    local before = head(key('delayed', group))
    for i = 1, #scored, 1000 do redis.call('ZADD', key('delayed', group), unpack(scored, i, math.min(i + 999, #scored))) end
    if not before or head(key('delayed', group)) < before then awake[group] = true end
  end
  for group in pairs(awake) do
    if not own or (group ~= own and group ~= '$triggers') then wake(channel, group) end
  end
end

-- The id of the event that a trigger raises at a time. An event of an earlier trigger of the same id and time moves it on.
local function unused(id, ms)
  while redis.call('EXISTS', event_key(id .. '/' .. int(ms))) == 1 do ms = ms + 1 end
  return id .. '/' .. int(ms)
end

-- Whether a trigger of this kind is due again and again.
local function recurs(kind) return kind == 'every' or kind == 'cron' end

-- Raises a trigger's event, counts the firing, and answers the count. trigger: type and fired as read from its hash; sources: JSON of the
-- matched events, or ''; missed: how many occurrences were not fired since the firing before; payload: in place of the trigger's own, or '';
-- depth: how many triggers led to the event.
local function fire(id, hash, trigger, raised, due, now, sources, missed, payload, depth)
  outbox.now = now
  local count = int((trigger[2] or 0) + 1)
  local firing = '{"trigger":"' .. id .. '","due":' .. int(due) .. ',"fired":' .. int(now)
    .. ',"sequence":' .. count .. (missed > 0 and ',"missed":' .. int(missed) or '') .. '}'
  local event = event_key(raised)
  if not payload or payload == '' then payload = payload_of(hash) end
  redis.call('HSET', event, 'type', trigger[1], 'data', payload, 'at', int(now), 'firing', firing, unpack(deliver(raised, trigger[1])))
  if depth then redis.call('HSET', event, 'depth', depth) end
  if sources ~= '' then redis.call('HSET', event, 'sources', sources) end
  redis.call('HSET', hash, 'fired', count, 'last', int(now))
  return tonumber(count)
end

-- The same for a recurring trigger, of which the last 20 firings are remembered.
local function fire_recurring(id, hash, trigger, due, now, missed)
  local raised, history = unused(id, due), key('history', id)
  local count = fire(id, hash, trigger, raised, due, now, '', missed)
  redis.call('LPUSH', history, int(due) .. ' ' .. int(now) .. ' ' .. raised)
  redis.call('LTRIM', history, 0, 19)
  return count
end

-- Says who keeps the time: wakes when the next trigger is due, and when that is. The others come a little later, in case it is gone.
local function keep_time(keeper, consumer, next)
  if next < 0 then redis.pcall('DEL', keeper)
  elseif consumer ~= '' then redis.pcall('SET', keeper, consumer .. ' ' .. int(next), 'PX', 11000) end
end

-- Takes up to 200 of the oldest entries out of a retention index: those beyond its cap, else those older than age ms.
local function take_old(index, cap, age, now)
  local over = redis.call('ZCARD', index) - cap
  if over <= 0 then over = redis.call('ZCOUNT', index, '-inf', '(' .. int(now - age)) end
  if over == 0 then return {} end
  local last = math.min(over, 200) - 1
  local ids = redis.call('ZRANGE', index, 0, last)
  redis.call('ZREMRANGEBYRANK', index, 0, last)
  return ids
end

-- Forgets old deliveries of one group. An event's hash goes with the last group that remembers it; it is only asked for others where some
-- event ever went to several.
local function forget_events(index, cap, age, now)
  local ids, events = take_old(index, tonumber(cap), tonumber(age), now), {}
  local shared = #ids > 0 and redis.call('EXISTS', root .. ':shared') == 1
  for _, id in ipairs(ids) do
    local event = event_key(id)
    if shared and tonumber(redis.call('HGET', event, 'refs') or 1) > 1 then
      redis.call('HINCRBY', event, 'refs', -1)
    else
      events[#events + 1] = event
    end
  end
  if #events > 0 then redis.call('DEL', unpack(events)) end
  return #ids
end

-- Forgets old triggers that have ended, and answers how many.
local function forget_triggers(ended, cap, age, now)
  local ids = take_old(ended, tonumber(cap), tonumber(age), now)
  for _, id in ipairs(ids) do redis.call('DEL', key('trigger', id), key('history', id)) end
  return #ids
end

-- Ends a trigger: out of the trigger set, remembered for a while so that its status can be queried.
local function end_triggers(triggers, ended, ids, cap, age, now)
  if #ids == 0 then return end
  redis.call('ZREM', triggers, unpack(ids))
  for _, id in ipairs(ids) do redis.call('ZADD', ended, now, id) end
  forget_triggers(ended, cap, age, now)
end

