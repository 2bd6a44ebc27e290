--[[
  Shows events to triggers over time, and fires those that they complete. An event counts once however often it is delivered, by the moment
  when it was published.

  KEYS[1]   root
  KEYS[2]   triggers        zset: id -> ms when it is due; id#version#key of a trigger over time that waits for a moment
  KEYS[3]   triggers:ended
  KEYS[4…]  eight for each: the trigger's hash, the raised event's hash, its seen key, open, used, held, throttled, distinct
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   dedup    ms that the raised ids are remembered
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6…]  seventeen for each: ms when the event was published, its id, it as JSON, how many triggers lead to what is raised; the trigger's id, its version, the
            raised event's id, its payload or '', member of KEYS[2], roles ('a', 'b' or 'ab'), kind (each, count, then, without, debounce), how many, span ms, the longest wait
            ms, throttle count, throttle ms, distinct ms

  Returns   for each 'fired', 'last' (it fired, for the last time), 'noted', 'repeated', 'throttled', 'paused', 'early', or 'ended'
]]
local now = now_ms(ARGV[1])
local words, triggers, first = {}, {}, head(KEYS[2])

-- Waits for a moment, the earliest that is asked for.
local function wait(o, due) redis.call('ZADD', KEYS[2], int(due), o.member) end

local function raise(o, sources, due)
  if redis.call('EXISTS', o.seen, o.event) > 0 then return 'repeated' end
  if not is_let_through(o.throttled, o.raised, due, o.throttle, o.per) then return 'throttled' end
  return fire_once(o.id, o.hash, o.t, o.raised, o.seen, ARGV[3], due, now, sources, o.payload, o.depth)
end

-- fresh: the entry of the event itself, if it is not open.
local function fire_over(o, entries, due, fresh)
  -- Raising comes first: full memory refuses it before anything is changed.
  local word = raise(o, sources_of(o.state, entries, fresh, o.json), due)
  use(o.state, entries, fresh, o.at)
  return word
end

local observe = {}

-- Nothing has to be kept: that the event was raised says that this one was seen.
function observe.each(o)
  return raise(o, '[' .. o.json .. ']', o.at)
end

-- So many events whose first and last are at most a span apart.
function observe.count(o)
  open(o.state, o.a, o.at, o.json, '')
  local found = between(o.state, 'a', o.at - o.span, o.at + o.span)
  for i = 1, #found / 2 - o.count + 1 do
    local from, to = found[2 * i], found[2 * (i + o.count - 1)]
    if from <= o.at and to >= o.at and to - from <= o.span then
      local entries = {}
      for n = 0, o.count - 1 do entries[#entries + 1] = found[2 * (i + n) - 1] end
      return fire_over(o, entries, o.at)
    end
  end
  return 'noted'
end

-- The oldest event that waits, and the first that follows it.
observe['then'] = function(o)
  if o.follows then
    local before = between(o.state, 'a', o.at - o.span, o.at)
    if before[1] then return fire_over(o, { before[1], o.b }, o.at, o.b) end
    open(o.state, o.b, o.at, o.json, '')
  end
  if o.begins then
    local after = between(o.state, 'b', o.at, o.at + o.span)
    for i = 1, #after, 2 do
      if after[i] ~= o.b then return fire_over(o, { o.a, after[i] }, after[i + 1], o.a) end
    end
    open(o.state, o.a, o.at, o.json, '')
  end
  return 'noted'
end

-- Each event waits for an answer; what is not answered fires when its time is up (fire_waiting.lua).
function observe.without(o)
  if o.follows then
    mark(o.state, o.b, o.at)
    local answered = between(o.state, 'a', o.at - o.span, o.at)
    for i = 1, #answered, 2 do use(o.state, { answered[i] }) end
  end
  if o.begins then
    open(o.state, o.a, o.at, o.json, o.raised .. ' ' .. o.depth .. ' ' .. o.payload)
    local answers = between(o.state, 'b', o.at, o.at + o.span)
    for i = 1, #answers, 2 do
      if answers[i] ~= o.b then use(o.state, { o.a }) end
    end
  end
  local waiting = between(o.state, 'a', -1, MAX)
  if waiting[1] then wait(o, waiting[2] + o.span) else redis.call('ZREM', KEYS[2], o.member) end
  return 'noted'
end

-- Fires when nothing has come for a span, or it has waited long enough; with the last. The first says since when it waits.
function observe.debounce(o)
  open(o.state, o.a, o.at, o.json, o.raised .. ' ' .. o.depth .. ' ' .. o.payload)
  local all = between(o.state, 'a', -1, MAX)
  for i = 3, #all - 2, 2 do use(o.state, { all[i] }) end
  wait(o, math.min(all[#all] + o.span, all[2] + o.wait))
  return 'noted'
end

local function is_distinct(o, name, span)
  local owner, since = string.match(redis.call('GET', name) or '', '^(%S+) (%d+)$')
  if owner and owner ~= o.source and math.abs(o.at - tonumber(since)) < span then return false end
  redis.call('SET', name, o.source .. ' ' .. int(o.at), 'PX', int(2 * span))
  return true
end

local function show(n)
  local k, a = 8 * n - 4, 17 * n - 11
  local hash, source, roles = KEYS[k], ARGV[a + 1], ARGV[a + 9]
  local t = triggers[hash] or redis.call('HMGET', hash, 'type', 'fired', 'status', 'version', 'times', 'until', 'start')
  triggers[hash] = t
  local o = {
    t = t, hash = hash, event = KEYS[k + 1], seen = KEYS[k + 2], throttled = KEYS[k + 6],
    at = tonumber(ARGV[a]), source = source, json = ARGV[a + 2], depth = ARGV[a + 3], id = ARGV[a + 4], raised = ARGV[a + 6], payload = ARGV[a + 7], member = ARGV[a + 8],
    a = 'a' .. source, b = 'b' .. source, begins = roles ~= 'b', follows = roles ~= 'a', count = tonumber(ARGV[a + 11]), span = tonumber(ARGV[a + 12]),
    wait = tonumber(ARGV[a + 13]), throttle = tonumber(ARGV[a + 14]), per = tonumber(ARGV[a + 15]),
  }
  o.state = state_of(KEYS[k + 3], KEYS[k + 4], KEYS[k + 5], o.span, ARGV[a + 10] == 'without' or ARGV[a + 10] == 'debounce')
  if t[4] ~= ARGV[a + 5] then return 'ended' end
  if (o.begins and is_seen(o.state, o.a)) or (o.follows and is_seen(o.state, o.b)) then return 'repeated' end
  local refused = refusal(o.id, hash, t, o.at)
  if refused then return refused end

  local distinct = tonumber(ARGV[a + 16])
  if distinct > 0 and o.begins and not is_distinct(o, KEYS[k + 7], distinct) then return 'repeated' end
  local word = observe[ARGV[a + 10]](o)
  if o.span > 0 then bound(o.state) end
  return word
end

for n = 1, (#KEYS - 3) / 8 do words[n] = show(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
local earliest = head(KEYS[2])
if earliest and (not first or earliest < first) then wake_for_triggers(ARGV[2]) end
return words
