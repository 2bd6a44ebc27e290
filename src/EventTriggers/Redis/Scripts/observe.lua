--[[
  Shows an event to triggers over time, and fires those that it completes. An event counts once however often it is delivered, by the moment
  when it was published.

  KEYS[1]   root
  KEYS[2]   triggers        zset: id -> ms when it is due; id#version#key of a trigger over time that waits for a moment
  KEYS[3]   triggers:ended
  KEYS[4…]  eight for each trigger: its hash, the raised event's hash, its seen key, open, used, held, throttled, distinct
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   dedup    ms that the raised ids are remembered
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6]   at       ms when the event was published
  ARGV[7]   source   id of the event
  ARGV[8]   json     of the event
  ARGV[9]   depth    how many triggers lead to what is raised
  ARGV[10…] thirteen for each trigger: id, version, the raised event's id, its payload or '', member of KEYS[2], roles ('a', 'b' or 'ab'), kind (each,
            count, then, without, debounce), how many, span ms, the longest wait ms, throttle count, throttle ms, distinct ms

  Returns   for each trigger 'fired', 'last' (it fired, for the last time), 'noted', 'repeated', 'throttled', 'paused', 'early', or 'ended'
]]
local now, at, source, json, depth = now_ms(ARGV[1]), tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9]
local words, completed, first = {}, {}, head(KEYS[2])

-- Waits for a moment, the earliest that is asked for.
local function wait(o, due) redis.call('ZADD', KEYS[2], int(due), o.member) end

local function raise(o, sources, due)
  if not is_let_through(o.throttled, o.raised, due, o.throttle, o.per) then return 'throttled' end
  local fired = fire(o.id, o.hash, o.t, o.raised, due, now, sources, 0, o.payload, depth)
  o.t[2] = fired
  redis.call('SET', o.seen, '1', 'PX', ARGV[3])
  if o.t[5] and fired >= tonumber(o.t[5]) then
    redis.call('HSET', o.hash, 'status', 'completed')
    completed[#completed + 1] = o.id
    return 'last'
  end
  return 'fired'
end

local function fire_over(o, entries, due)
  local sources = sources_of(o.state, entries)
  use(o.state, entries)
  return raise(o, sources, due)
end

local observe = {}

-- Nothing has to be kept: that the event was raised says that this one was seen.
function observe.each(o)
  if redis.call('EXISTS', o.seen, o.event) > 0 then return 'repeated' end
  return raise(o, '[' .. json .. ']', at)
end

-- So many events whose first and last are at most a span apart.
function observe.count(o)
  open(o.state, 'a' .. source, at, json, '')
  local found = between(o.state, 'a', at - o.span, at + o.span)
  for i = 1, #found / 2 - o.count + 1 do
    local from, to = found[2 * i], found[2 * (i + o.count - 1)]
    if from <= at and to >= at and to - from <= o.span then
      local entries = {}
      for n = 0, o.count - 1 do entries[#entries + 1] = found[2 * (i + n) - 1] end
      return fire_over(o, entries, at)
    end
  end
  return 'noted'
end

-- The oldest event that waits, and the first that follows it.
observe['then'] = function(o)
  local is_first = string.find(o.roles, 'a', 1, true)
  if string.find(o.roles, 'b', 1, true) then
    open(o.state, 'b' .. source, at, json, '')
    local before = between(o.state, 'a', at - o.span, at)
    if before[1] then return fire_over(o, { before[1], 'b' .. source }, at) end
  end
  if is_first then
    open(o.state, 'a' .. source, at, json, '')
    local after = between(o.state, 'b', at, at + o.span)
    for i = 1, #after, 2 do
      if after[i] ~= 'b' .. source then return fire_over(o, { 'a' .. source, after[i] }, after[i + 1]) end
    end
  end
  return 'noted'
end

-- Each event waits for an answer; what is not answered fires when its time is up (fire_waiting.lua).
function observe.without(o)
  if string.find(o.roles, 'b', 1, true) then
    open(o.state, 'b' .. source, at, json, '')
    local answered = between(o.state, 'a', at - o.span, at)
    for i = 1, #answered, 2 do use(o.state, { answered[i] }) end
  end
  if string.find(o.roles, 'a', 1, true) then
    open(o.state, 'a' .. source, at, json, o.raised .. ' ' .. depth .. ' ' .. o.payload)
    local answers = between(o.state, 'b', at, at + o.span)
    for i = 1, #answers, 2 do
      if answers[i] ~= 'b' .. source then use(o.state, { 'a' .. source }) end
    end
  end
  local waiting = between(o.state, 'a', -1, MAX)
  if waiting[1] then wait(o, waiting[2] + o.span) else redis.call('ZREM', KEYS[2], o.member) end
  return 'noted'
end

-- Fires when nothing has come for a span, or it has waited long enough; with the last.
function observe.debounce(o)
  open(o.state, 'a' .. source, at, json, o.raised .. ' ' .. depth .. ' ' .. o.payload)
  local all = between(o.state, 'a', -1, MAX)
  for i = 1, #all - 2, 2 do redis.call('HDEL', o.state.held, 's' .. all[i]) end
  wait(o, math.min(all[#all] + o.span, all[2] + o.wait))
  return 'noted'
end

local function show(n)
  local k, a = 8 * n - 4, 13 * n - 3
  local hash = KEYS[k]
  local t = redis.call('HMGET', hash, 'type', 'fired', 'status', 'version', 'times', 'until', 'start')
  local o = {
    t = t, hash = hash, event = KEYS[k + 1], seen = KEYS[k + 2], state = { open = KEYS[k + 3], used = KEYS[k + 4], held = KEYS[k + 5] }, throttled = KEYS[k + 6],
    id = ARGV[a], raised = ARGV[a + 2], payload = ARGV[a + 3], member = ARGV[a + 4], roles = ARGV[a + 5], count = tonumber(ARGV[a + 7]),
    span = tonumber(ARGV[a + 8]), wait = tonumber(ARGV[a + 9]), throttle = tonumber(ARGV[a + 10]), per = tonumber(ARGV[a + 11]),
  }
  if t[4] ~= ARGV[a + 1] then return 'ended' end
  if is_seen(o.state, 'a' .. source) or is_seen(o.state, 'b' .. source) then return 'repeated' end
  if t[3] == 'paused' then return 'paused' end
  if t[3] ~= 'active' then return 'ended' end
  if t[7] and at < tonumber(t[7]) then return 'early' end
  if t[6] and at > tonumber(t[6]) then
    redis.call('HSET', hash, 'status', 'completed')
    completed[#completed + 1] = o.id
    return 'ended'
  end

  local distinct = tonumber(ARGV[a + 12])
  if distinct > 0 and string.find(o.roles, 'a', 1, true) then
    local owner, since = string.match(redis.call('GET', KEYS[k + 7]) or '', '^(%S+) (%d+)$')
    if owner and owner ~= source and math.abs(at - tonumber(since)) < distinct then return 'repeated' end
    redis.call('SET', KEYS[k + 7], source .. ' ' .. int(at), 'PX', int(2 * distinct))
  end
  local word = observe[ARGV[a + 6]](o)
  if o.span > 0 then bound(o.state, math.max(o.span, o.wait), now) end
  return word
end

for n = 1, (#KEYS - 3) / 8 do words[n] = show(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
local earliest = head(KEYS[2])
if earliest and (not first or earliest < first) then wake_for_triggers(ARGV[2]) end
return words
