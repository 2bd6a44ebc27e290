--[[
  Makes due deliveries ready and leases ready ones to the caller, for several groups at once.

  Takes KEYS 3 + 6n, ARGV 10 + 4n

  KEYS[1]   root
  KEYS[2]   triggers  zset: trigger id -> ms when it is due
  KEYS[3]   leader    which consumer wakes for the next trigger
  KEYS[4…]  six for each group: ready, delayed, leased, dead, ended, quarantine
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   consumer  the caller's name, under which it is woken when there is something to do; '' if it hears no messages
  ARGV[4]   lease     ms
  ARGV[5]   budget    bytes of payloads, headers and sources after which no further delivery of a group is leased
  ARGV[6…7] most      bytes of a payload and of headers: a larger event, accepted by a host with other limits, becomes a dead letter unread
  ARGV[8…9] holder, call: noted in each leased delivery, so that a lost reply can be found; the holder is the name that registered the types
            it handles
  ARGV[10]  silence   ms without a call after which leases are in doubt
  ARGV[11…] four for each group: name, the most deliveries to lease, 1 if one of them may be quarantined, else 0, and how many deliveries of
            it the caller has leased before: those that share a claim take their turns by it

  Returns   now, next delayed, next end of a pause or next moment of a key that waits for its limit, next lease expiry, next trigger (ms;
            -1 for none), and 1 if the caller wakes for that trigger (0: another consumer does). Then five for each group: how many are
            left ready (those that are parked for the caller included; 0 for a paused group), how many are left in quarantine (0
            likewise), how many became dead letters unread, 1 if its first delivery is quarantined (else 0), and how many are leased. Then
            four for each leased delivery, group by group: id, fence, attempt, and its hash as HGETALL answers it
]]
local now, silence, channel, consumer = now_ms(ARGV[1]), tonumber(ARGV[10]), ARGV[2], ARGV[3]
local at, expires = int(now), int(now + ARGV[4])
local holder, call = ARGV[8], tonumber(ARGV[9])
local leased_as = 'leased ' .. holder .. '.' .. ARGV[9]

-- The most deliveries that are leased in a call.
local MOST = 400

-- Where the other indexes of a group are among the keys, counted from its ready list.
local DELAYED, DEAD, ENDED, QUARANTINE = 1, 3, 4, 5

-- A group of the call: what it has, what the caller asks of it, and what this call has done so far. A claim makes these tables again and
-- again, mostly for nothing: they have no more fields than Lua makes room for at once, which is 16.
local function group_of(n)
  local k, a = 6 * n - 2, 4 * n + 7
  local name = ARGV[a]
  local is_limited = name ~= '$triggers'
  return {
    name = name, k = k, ready = KEYS[k], leased = KEYS[k + 2],
    limit = tonumber(ARGV[a + 1]), may_quarantine = ARGV[a + 2] == '1', budget = tonumber(ARGV[5]),
    max_data = is_limited and tonumber(ARGV[6]) or MAX, max_headers = is_limited and tonumber(ARGV[7]) or MAX,
    parked = false, taken = 0, unread = 0, left = 0, quarantined = 0, begins_quarantined = false, deliveries = false,
  }
end

-- See prioritizing(): nil where no event has a priority.
local ranks

-- How many deliveries of a group the caller has leased, in this call and before.
local function turn_of(g) return ARGV[2 * (g.k + 2) / 3 + 10] + g.taken end

local function earlier(a, b) return (a and b) and math.min(a, b) or a or b end

-- Of the consumers that could wake when a trigger is due soon, only the leader does: the first that claimed, unless a trigger is due
-- earlier than the leader knows, or the time that the leader knows is over.
local function is_leader(next_trigger)
  if consumer == '' or next_trigger < 0 or next_trigger > now + 10000 then return true end
  local leader, known = string.match(reach('GET', KEYS[3]) or '', '^(%S+) (%d+)$')
  if leader and leader ~= consumer and tonumber(known) <= next_trigger and tonumber(known) > now - 300 then return false end
  set_leader(KEYS[3], consumer, next_trigger)
  return true
end

-- Whether any group has parked deliveries or settings, or any event a priority. The triggers' group has no parked ones, because it matches
-- every type.
local function some_are_special(groups)
  local keys = { SETTINGS, PRIORITIZED }
  for _, g in ipairs(groups) do
    if g.name ~= '$triggers' then keys[#keys + 1] = parked_index(g.name) end
  end
  return redis.call('EXISTS', unpack(keys)) > 0
end

-- What a claim does where a group has parked deliveries.
local parked_deliveries

local function parking()
  if parked_deliveries then return parked_deliveries end

  -- The names of the parked lists that the caller may take from, rotated by call: of plain and of quarantined deliveries. Of very many
  -- lists it looks at some. list_of: the list that a popped delivery came from.
  local function for_caller(g)
    local parked, most = { plain = {}, quarantined = {}, list_of = {} }, 100
    local count = reach('ZCOUNT', parked_index(g.name), HANDLED, HANDLED) or 0
    if count == 0 then return false end
    local from = count > most and call * most % count or 0
    for _, name in ipairs(redis.call('ZRANGE', parked_index(g.name), HANDLED, HANDLED, 'BYSCORE', 'LIMIT', int(from), most)) do
      if reach('ZSCORE', handlers_of(g.name, name), holder) then
        local names = type_of_list(name) == name and parked.plain or parked.quarantined
        table.insert(names, call % (#names + 1) + 1, name)
      end
    end
    return parked
  end

  local function take(g, ids, most)
    for _, name in ipairs(g.parked.plain) do
      local list = parked_list(g.name, name)
      for _, id in ipairs(most > 0 and pop(list, most) or {}) do
        ids[#ids + 1], g.parked.list_of[id], most = id, list, most - 1
      end
    end
  end

  local function take_quarantined(g)
    for _, name in ipairs(g.parked.quarantined) do
      local id = reach('RPOP', parked_list(g.name, name))
      if id then return id end
    end
  end

  -- How many deliveries are left in a list. An empty list is forgotten. One whose key holds something else stays, because its former
  -- content may be restored.
  local function left_in(g, name)
    local count = reach('LLEN', parked_list(g.name, name))
    if count == 0 then redis.call('ZREM', parked_index(g.name), name) end
    return count or 0
  end

  -- Counts what is left, and notes the lists with deliveries left: group and name of each.
  local function count_left(g, lists)
    for _, name in ipairs(g.parked.plain) do
      local waiting = left_in(g, name)
      if waiting > 0 then lists[#lists + 1] = { g.name, name } end
      g.left = g.left + waiting
    end
    for _, name in ipairs(g.parked.quarantined) do g.quarantined = g.quarantined + left_in(g, name) end
  end

  local function wake_handlers(lists)
    for _, one in ipairs(lists) do wake_handler(channel, one[1], one[2]) end
  end

  parked_deliveries = {
    for_caller = for_caller, take = take, take_quarantined = take_quarantined, count_left = count_left, wake_handlers = wake_handlers,
  }
  return parked_deliveries
end

-- Makes due deliveries ready. Answers when the next one is due, or nil.
local function promote(g)
  local delayed = KEYS[g.k + DELAYED]
  local first = head(delayed)
  if not first or first > now or not reach('LLEN', g.ready) then return first end
  local due = redis.call('ZRANGE', delayed, '-inf', at, 'BYSCORE', 'LIMIT', 0, 100)
  if #due > 0 then
    redis.call('ZREM', delayed, unpack(due))
    local plain, quarantined = {}, {}
    for _, id in ipairs(due) do
      -- An event whose key is not a hash is buried when its turn comes.
      redis.pcall('HSET', event_key(id), 'status:' .. g.name, 'ready')
      sort_ready(quarantined, plain, redis.pcall('HGET', event_key(id), 'crashes:' .. g.name), id)
    end
    push(g.ready, ranks and ranks.push(g, plain) or plain)
    push(KEYS[g.k + QUARANTINE], quarantined)
  end
  return head(delayed)
end

local function give_back(g, id)
  redis.call('RPUSH', g.parked and g.parked.list_of[id] or (ranks and ranks.list_of(g, id)) or g.ready, id)
end

local function pop_ready(g, count) return ranks and ranks.pop(g, count, turn_of(g)) or pop(g.ready, count) end

-- Pops the one quarantined delivery that the caller may take.
local function take_quarantined(g)
  if g.limit == 0 or not g.may_quarantine then return end
  if g.quarantined > 0 then
    g.quarantined = g.quarantined - 1
    return redis.call('RPOP', KEYS[g.k + QUARANTINE])
  end
  return g.parked and parking().take_quarantined(g)
end

-- Pops as many deliveries as the caller can take. Answers the ids, and whether more may be left.
local function take(g)
  local first, ids = take_quarantined(g), {}
  -- At most half of them are parked ones while there is other work, so that neither starves the other.
  if g.parked then parking().take(g, ids, math.floor((g.limit + turn_of(g) % 2) / 2)) end
  local room = g.limit - #ids
  local others = room > 0 and pop_ready(g, room) or {}
  if #ids == 0 then ids = others
  else
    for _, id in ipairs(others) do ids[#ids + 1] = id end
  end
  if g.parked then parking().take(g, ids, g.limit - #ids) end
  if first then
    g.begins_quarantined = true
    table.insert(ids, 1, first)
    if #ids > g.limit then give_back(g, table.remove(ids)) end
  end
  return ids, #others == room
end

-- e: its hash, as far as that can be read.
local function bury(g, id, why, e)
  redis.pcall('HSET', event_key(id), 'status:' .. g.name, 'dead', 'error:' .. g.name, why)
  file(KEYS[g.k + DEAD], { at, id })
  g.unread = g.unread + 1
  if order then order.end_place(g.name, e and e.key, id, now) end
  if e and e.unique then naming().note_end(e.unique) end
end

-- Files a delivery that has ended before it was leased.
local function drop_ended(g, id, e)
  file(KEYS[g.k + ENDED], { at, id })
  if order then order.end_place(g.name, e.key, id) end
  if e.unique then naming().note_end(e.unique) end
end

-- Whether a delivery has to wait until another event with its name has ended, and is put off. It does not keep a place of its key then,
-- because that event may need it.
local function waits_for_name(g, id, e, status)
  if (whole(e.expires) or MAX) <= now or naming().may_begin(id, e.unique, now) then return false end
  redis.call('HSET', event_key(id), status, 'delayed')
  taken_names.put_off_until = now + taken_names.BACKSTOP
  file(KEYS[g.k + DELAYED], { int(taken_names.put_off_until), id }, true)
  if order then order.end_place(g.name, e.key, id) end
  return true
end

local function too_large(e, size)
  return 'Too large: ' .. int(size) .. ' bytes of payload, at most ' .. ARGV[6] .. ' are taken (MaxPayloadBytes), and '
    .. #e.headers .. ' of headers, at most ' .. ARGV[7] .. '.'
end

-- Leases a popped delivery, or ends one that is not to be handled. names: of the group's fields; leases: of this call, as moments and
-- names.
local function lease(g, id, names, leases)
  local event, status, fence_field, attempt_field = event_key(id), names.status, names.fence, names.attempt
  local hash = redis.pcall('HGETALL', event)
  if hash.err then return bury(g, id, hash.err) end
  local e = { type = false, data = false, expires = false, headers = '', sources = '', [status] = false }
  for f = 1, #hash, 2 do e[hash[f]] = hash[f + 1] end

  local word = e[status]
  if not e.type or not e.data then return bury(g, id, 'The payload is missing.', e) end
  local name = e.key
  if word == 'canceled' then return drop_ended(g, id, e) end
  if word ~= 'ready' then
    if word and not index_of(status_of(word)) then bury(g, id, bad_field(status, word), e) end
    return
  end
  if e.unique and waits_for_name(g, id, e, status) then return end
  -- Nothing is said of a delivery before its turn has come.
  local o = order and name and order.group(g.name)
  if o and not order.take_place(o, name, id, e[fence_field], now) then return end
  local size = payload_size(e)
  if size > g.max_data or #e.headers > g.max_headers then return bury(g, id, too_large(e, size), e) end

  -- Most deliveries do not expire and are claimed once: then no number is to be read, and the first claim needs no fields.
  if e.expires or e[fence_field] or e[attempt_field] then
    local bad = is_bad(e.expires) and 'expires' or is_bad(e[fence_field]) and fence_field or is_bad(e[attempt_field]) and attempt_field
    if bad then return bury(g, id, bad_field(bad, e[bad]), e) end
    if e.expires and tonumber(e.expires) <= now then
      redis.call('HSET', event, status, 'expired')
      return drop_ended(g, id, e)
    end
  end
  if o and o.is_limited and not order.limiting().take(o, name, id, now) then return end
  local fence, attempt = 1, 1
  if e[fence_field] or e[attempt_field] then
    fence, attempt = (e[fence_field] or 0) + 1, (e[attempt_field] or 1) + 1
    redis.call('HSET', event, status, leased_as, fence_field, int(fence), attempt_field, int(attempt))
  else
    redis.call('HSET', event, status, leased_as)
  end

  local d, n, l = g.deliveries, 4 * g.taken, #leases
  d[n + 1], d[n + 2], d[n + 3], d[n + 4] = id, fence, attempt, hash
  leases[l + 1], leases[l + 2] = expires, fence > 1 and lease_of(id, int(fence)) or id
  g.taken, g.budget = g.taken + 1, g.budget - size - #e.headers - #e.sources
end

-- Leases popped deliveries, until the reply is large enough. Answers whether some were put back.
local function lease_all(g, ids)
  if #ids == 0 then return false end
  local puts_back, leases = false, {}
  g.deliveries = g.deliveries or {}
  local names = { status = 'status:' .. g.name, fence = 'fence:' .. g.name, attempt = 'attempt:' .. g.name }
  local o = order and order.group(g.name)
  local likely_keys = o and order.load(o, ids)
  for i, id in ipairs(ids) do
    if g.budget <= 0 then
      -- To the front, in the order they had.
      for j = #ids, i, -1 do give_back(g, ids[j]) end
      puts_back = true
      break
    end
    if not o or not order.has_to_wait(o, likely_keys[i], id, names.status, names.fence, now) then lease(g, id, names, leases) end
    if i == 1 and g.taken == 0 then g.begins_quarantined = false end
  end
  if #leases > 0 then redis.call('ZADD', g.leased, unpack(leases)) end
  return puts_back
end

-- Counts the deliveries that are left, and notes which consumers may take them. woken: groups with ready deliveries left; lists: group and
-- name of each parked list with deliveries left.
local function count_left(g, ready_may_be_left, woken, lists)
  g.left = ready_may_be_left and (ranks and ranks.count(g) or reach('LLEN', g.ready)) or 0
  if g.left > 0 then woken[#woken + 1] = g.name end
  if g.parked then parking().count_left(g, lists) end
end

-- Adds the caller to the consumers that wait to be woken. If all its workers are busy, it comes after the others. Full memory refuses this:
-- then the caller polls.
local function wait(g)
  redis.pcall('ZADD', key('waiting', g.name), int(now - (g.taken < g.limit and 0 or 60000)), consumer)
end

local groups, indexes = {}, {}
for n = 1, (#KEYS - 3) / 6 do
  groups[n] = group_of(n)
  indexes[n] = groups[n].leased
end
local next_trigger = next_due(KEYS[2])
local is_special = some_are_special(groups)
if is_special and redis.call('EXISTS', PRIORITIZED) == 1 then ranks = prioritizing() end
note_contact(now, silence, indexes)

local next_delayed, next_expiry, next_pause_end, woken, lists = nil, nil, nil, {}, {}
-- The groups take turns to be the first, and together they take no more than one script can lease.
local room = MOST
for turn = 1, #groups do
  local g = groups[(call + turn) % #groups + 1]
  local paused_until = is_special and pause_of(g.name, now)
  g.limit = math.min(g.limit, room)
  -- Read before anything is written: if deliveries could not be leased, none are taken. Nor are they counted as left, or the caller would
  -- claim again at once.
  local lowest = reach('ZRANGE', g.leased, 0, 0, 'WITHSCORES')
  next_delayed = earlier(next_delayed, promote(g))
  local is_open = lowest and not paused_until
  if is_special and is_open and g.name ~= '$triggers' then
    g.parked = redis.call('EXISTS', parked_index(g.name)) == 1 and parking().for_caller(g)
    local o = reach('HGET', settings_of(g.name), 'places') and ordering().group(g.name)
    if o and o.places == 0 then order.let_go(o) end
    if o and o.is_limited then order.limiting().let_limited_go(o, now) end
    -- If it cannot be read who has the places, none is given.
    is_open = not o or not wrong_type(key('active', g.name), 'hash')
  end
  if not is_open then g.limit = 0 end
  g.quarantined = is_open and reach('LLEN', KEYS[g.k + QUARANTINE]) or 0

  local ids, may_be_left = take(g)
  local puts_back = lease_all(g, ids)
  local o = order and order.group(g.name)
  if o then
    -- Those that wait for others of their keys leave room.
    local looked_at = #ids
    while may_be_left and not puts_back and g.taken < g.limit and looked_at < MOST do
      local count = math.min(g.limit - g.taken, MOST - looked_at)
      ids = pop_ready(g, count)
      may_be_left, looked_at, puts_back = #ids == count, looked_at + #ids, lease_all(g, ids)
    end
    if o.is_limited and is_open then next_delayed = earlier(next_delayed, order.limiting().next_limited(o, now)) end
    if #order.write_changes() > 0 then
      -- Some of those whose turn has come may be quarantined.
      may_be_left, g.quarantined = true, is_open and reach('LLEN', KEYS[g.k + QUARANTINE]) or 0
    end
  end
  room = room - g.taken
  count_left(g, is_open and (may_be_left or puts_back), woken, lists)
  if paused_until then next_pause_end = earlier(next_pause_end, paused_until) end
  -- No consumer is woken for a paused group; but the consumers of the triggers' group are also woken for triggers that are due.
  if g.left == 0 and consumer ~= '' and (not paused_until or g.name == '$triggers') then wait(g) end
  next_expiry = earlier(next_expiry, earlier(lowest and lowest[2] and tonumber(lowest[2]), g.taken > 0 and tonumber(expires)))
end
if next_expiry and next_expiry <= now then next_expiry = math.max(next_expiry, doubt_until(now, silence)) end

next_delayed = earlier(earlier(next_delayed, next_pause_end), taken_names and taken_names.put_off_until)

local reply = { now, next_delayed or -1, next_expiry or -1, next_trigger, is_leader(next_trigger) and 1 or 0 }
for _, g in ipairs(groups) do
  local r = #reply
  reply[r + 1], reply[r + 2], reply[r + 3], reply[r + 4], reply[r + 5] =
    g.left, g.quarantined, g.unread, g.begins_quarantined and 1 or 0, g.taken
end
for _, g in ipairs(groups) do
  local r = #reply
  for i = 1, 4 * g.taken do reply[r + i] = g.deliveries[i] end
end

-- Another consumer may take the deliveries that are left.
for _, name in ipairs(woken) do wake(channel, name) end
if taken_names then taken_names.go_on(channel, now) end
if #lists > 0 then parking().wake_handlers(lists) end
return reply
