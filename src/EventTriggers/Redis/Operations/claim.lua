--[[
  Makes due deliveries ready and leases ready ones to the caller, for several groups at once.

  Takes KEYS 3 + 6n, ARGV 10 + 3n

  KEYS[1]   root
  KEYS[2]   triggers  zset: trigger id -> ms when it is due
  KEYS[3]   keeper    who keeps the time
  KEYS[4…]  six for each group: ready, delayed, leased, dead, ended, suspects
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   consumer  who asks, and is then woken when there is something to do; '' for one that hears no rings
  ARGV[4]   lease     ms
  ARGV[5]   budget    bytes of payloads, headers and sources after which no further delivery of a group is leased
  ARGV[6…7] most      bytes of a payload, and of headers: what a host with other limits accepted becomes a dead letter unread
  ARGV[8…9] holder, call: what leased deliveries say of themselves, so that whoever has not received them can tell; the holder is who has registered the types that it handles
  ARGV[10]  silence   ms without a call after which leases are in doubt
  ARGV[11…] three for each group: name, the most deliveries to lease, and whether one of them may be a suspect: 0 or 1

  Returns   now, next delayed, next lease expiry, next trigger (ms; -1 for none), whether the caller wakes for that one (0 or 1: another does); for each group what is left ready, with what is parked
            for the caller, how many suspects are left, how many became dead letters unread, whether its first delivery is a suspect (0 or 1), and how many are leased; then four
            for each leased delivery, group by group: id, fence, attempt, and its hash as HGETALL answers it
]]
local now, silence = now_ms(ARGV[1]), tonumber(ARGV[10])
local at, expires = int(now), int(now + ARGV[4])
local leased_as = 'leased ' .. ARGV[8] .. '.' .. ARGV[9]
local most_data, most_headers = tonumber(ARGV[6]), tonumber(ARGV[7])
local next_trigger = next_due(KEYS[2])
local reply, next_delayed, next_expiry = { now, -1, -1, next_trigger, 1 }, nil, nil
local deliveries, hungry, parked = {}, {}, {}

local function earlier(a, b) return (a and b) and math.min(a, b) or a or b end

-- Of those that could wake when a trigger is due soon, one does: who said so first, unless a trigger
-- has become due earlier than it knows, or it knows none that is still to come.
local function keeps_time()
  if ARGV[3] == '' or next_trigger < 0 or next_trigger > now + 10000 then return 1 end
  local keeper, known = string.match(reach('GET', KEYS[3]) or '', '^(%S+) (%d+)$')
  if keeper and keeper ~= ARGV[3] and tonumber(known) <= next_trigger and tonumber(known) > now - 300 then return 0 end
  keep_time(KEYS[3], ARGV[3], next_trigger)
  return 1
end

-- Whether deliveries are parked for hosts that handle their types. Triggers match every type.
local parks = {}
for a = 11, #ARGV, 3 do
  if ARGV[a] ~= '$triggers' then parks[#parks + 1] = parked_index(ARGV[a]) end
end
local is_mixed = #parks > 0 and redis.call('EXISTS', unpack(parks)) > 0

-- The lanes that are parked for the caller, in turn; those of suspects apart. Of very many it looks at some.
local function lanes_for_caller(group)
  local plain, suspected, most, turn = {}, {}, 100, tonumber(ARGV[9])
  local count = reach('ZCOUNT', parked_index(group), HANDLED, HANDLED) or 0
  if count == 0 then return plain, suspected end
  local from = count > most and turn * most % count or 0
  for _, lane in ipairs(redis.call('ZRANGE', parked_index(group), HANDLED, HANDLED, 'BYSCORE', 'LIMIT', int(from), most)) do
    if reach('ZSCORE', handlers_of(group, lane), ARGV[8]) then
      local lanes = type_of_lane(lane) == lane and plain or suspected
      table.insert(lanes, turn % (#lanes + 1) + 1, lane)
    end
  end
  return plain, suspected
end

-- How many deliveries are left in a lane; without any there is no such lane. One whose key holds something else stays: what it held may be put back.
local function lane_left(group, lane)
  local count = reach('LLEN', parked_lane(group, lane))
  if count == 0 then redis.call('ZREM', parked_index(group), lane) end
  return count or 0
end

local function promote(group, ready, delayed, suspects)
  local due = redis.call('ZRANGE', delayed, '-inf', at, 'BYSCORE', 'LIMIT', 0, 100)
  if #due == 0 then return end
  redis.call('ZREM', delayed, unpack(due))
  local plain, suspected = {}, {}
  for _, id in ipairs(due) do
    -- What is no hash is buried when its turn comes.
    redis.pcall('HSET', event_key(id), 'status:' .. group, 'ready')
    sort_ready(suspected, plain, redis.pcall('HGET', event_key(id), 'crashes:' .. group), id)
  end
  push(ready, plain)
  push(suspects, suspected)
end

local indexes = {}
for k = 6, #KEYS, 6 do indexes[#indexes + 1] = KEYS[k] end
note_contact(now, silence, indexes)

for g = 1, (#KEYS - 3) / 6 do
  local k, a = 6 * g - 2, 3 * g + 8
  local ready, delayed, leased, dead, ended, suspects = KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], KEYS[k + 4], KEYS[k + 5]
  local group, limit, budget, unread, taken, leases = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[5]), 0, 0, {}
  local status, fence, attempt = 'status:' .. group, 'fence:' .. group, 'attempt:' .. group

  local function bury(id, why)
    redis.pcall('HSET', event_key(id), status, 'dead', 'error:' .. group, why)
    file(dead, { at, id })
    unread = unread + 1
  end

  -- Leases a popped delivery, or ends one that is not to be handled.
  local function lease(id)
    local event = event_key(id)
    local hash = redis.pcall('HGETALL', event)
    if hash.err then return bury(id, hash.err) end
    local e = { type = false, data = false, expires = false, headers = '', sources = '', [status] = false }
    for f = 1, #hash, 2 do e[hash[f]] = hash[f + 1] end

    if not e.type or not e.data then return bury(id, 'The payload is missing.') end
    if e[status] == 'canceled' then return file(ended, { at, id }) end
    if e[status] ~= 'ready' then
      if e[status] and not INDEX[status_of(e[status])] then bury(id, bad_field(status, e[status])) end
      return
    end
    local size = payload_size(e)
    if group ~= '$triggers' and (size > most_data or #e.headers > most_headers) then
      return bury(id, 'Too large: ' .. int(size) .. ' bytes of payload, at most ' .. ARGV[6] .. ' are taken (MaxPayloadBytes), and '
        .. #e.headers .. ' of headers, at most ' .. ARGV[7] .. '.')
    end
    local bad = is_bad(e.expires) and 'expires' or is_bad(e[fence]) and fence or is_bad(e[attempt]) and attempt
    if bad then return bury(id, bad_field(bad, e[bad])) end
    if e.expires and tonumber(e.expires) <= now then
      redis.call('HSET', event, status, 'expired')
      return file(ended, { at, id })
    end

    local claim, try = 1, 1
    if e[fence] or e[attempt] then
      claim, try = (e[fence] or 0) + 1, (e[attempt] or 1) + 1
      redis.call('HSET', event, status, leased_as, fence, int(claim), attempt, int(try))
    else
      -- Most deliveries are claimed once. That it is the first time needs no words.
      redis.call('HSET', event, status, leased_as)
    end
    budget = budget - size - #e.headers - #e.sources
    taken = taken + 1
    leases[2 * taken - 1], leases[2 * taken] = expires, claim > 1 and lease_of(id, int(claim)) or id
    local n = #deliveries
    deliveries[n + 1], deliveries[n + 2], deliveries[n + 3], deliveries[n + 4] = id, claim, try, hash
  end

  -- Read before anything is written: what could not be leased is not taken. Nor is it told to be left, or it would be asked for again at once.
  local lowest = reach('ZRANGE', leased, 0, 0, 'WITHSCORES')
  if not lowest then limit = 0 end

  local first = head(delayed)
  if first and first <= now and reach('LLEN', ready) then
    promote(group, ready, delayed, suspects)
    first = head(delayed)
  end

  local lanes, suspected, from, ids = {}, {}, {}, {}
  if is_mixed and lowest and group ~= '$triggers' then lanes, suspected = lanes_for_caller(group) end
  local function take_parked(most)
    for _, lane in ipairs(lanes) do
      for _, id in ipairs(most > 0 and pop(parked_lane(group, lane), most) or {}) do
        ids[#ids + 1], from[id], most = id, parked_lane(group, lane), most - 1
      end
    end
  end

  local crashed, suspect = lowest and reach('LLEN', suspects) or 0, nil
  if limit > 0 and ARGV[a + 2] == '1' then
    if crashed > 0 then suspect, crashed = redis.call('RPOP', suspects), crashed - 1 end
    for _, lane in ipairs(suspect and {} or suspected) do
      suspect = suspect or reach('RPOP', parked_lane(group, lane))
    end
  end

  -- At most half of what is parked while there is other work: neither starves the other.
  take_parked(math.floor((limit + ARGV[9] % 2) / 2))
  local room = limit - #ids
  local others = room > 0 and pop(ready, room) or {}
  local may_be_left = #others == room
  if #ids == 0 then ids = others
  else
    for _, id in ipairs(others) do ids[#ids + 1] = id end
  end
  take_parked(limit - #ids)

  local function give_back(id) redis.call('RPUSH', from[id] or ready, id) end
  if suspect then
    table.insert(ids, 1, suspect)
    if #ids > limit then give_back(table.remove(ids)) end
  end
  for i, id in ipairs(ids) do
    if budget <= 0 then
      -- Back to the front in the order they had: the reply is large enough.
      for j = #ids, i, -1 do give_back(ids[j]) end
      may_be_left = true
      break
    end
    lease(id)
    if i == 1 and taken == 0 then suspect = nil end
  end
  if taken > 0 then redis.call('ZADD', leased, unpack(leases)) end

  local left = may_be_left and lowest and reach('LLEN', ready) or 0
  if left > 0 then hungry[#hungry + 1] = group end
  for _, lane in ipairs(lanes) do
    local waiting = lane_left(group, lane)
    if waiting > 0 then parked[#parked + 1] = { group, lane } end
    left = left + waiting
  end
  for _, lane in ipairs(suspected) do crashed = crashed + lane_left(group, lane) end
  if left == 0 and ARGV[3] ~= '' then
    -- One without room comes after those that have some. Refused by a server that is full: then it polls.
    redis.pcall('ZADD', key('waiting', group), int(now - (taken < limit and 0 or 60000)), ARGV[3])
  end

  next_delayed = earlier(next_delayed, first)
  next_expiry = earlier(next_expiry, earlier(lowest and lowest[2] and tonumber(lowest[2]), taken > 0 and tonumber(expires)))
  for _, count in ipairs({ left, crashed, unread, suspect and 1 or 0, taken }) do reply[#reply + 1] = count end
end

if next_expiry and next_expiry <= now then next_expiry = math.max(next_expiry, doubt_until(now, silence)) end
reply[2], reply[3], reply[5] = next_delayed or -1, next_expiry or -1, keeps_time()
for i = 1, #deliveries do reply[#reply + 1] = deliveries[i] end
-- What is left may be for another.
for _, group in ipairs(hungry) do wake(ARGV[2], group) end
for _, one in ipairs(parked) do wake_handler(ARGV[2], one[1], one[2]) end
return reply
