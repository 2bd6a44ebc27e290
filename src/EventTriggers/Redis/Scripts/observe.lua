--[[
  Shows events to triggers over time, and fires those that they complete. An event counts once however often it is delivered, by the moment
  when it was published.

  KEYS[1]   root
  KEYS[2]   triggers        zset: id -> ms when it is due; id#version#key of a trigger over time that waits for a moment
  KEYS[3]   triggers:ended
  KEYS[4…]  seven for each: the trigger's hash, the raised event's hash, its seen key, entries, held, throttled, distinct
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   dedup    ms that the raised ids are remembered
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6…] ten for each: ms when the event was published, its id, it as JSON, how many triggers lead to what is raised; the trigger's id, its version,
            the raised event's id, its payload or '', member of KEYS[2], roles ('a', 'b' or 'ab')

  Returns   for each 'fired', 'last' (it fired, for the last time), 'noted', 'repeated', 'throttled', 'paused', 'early', or 'ended'
]]
local now = now_ms(ARGV[1])
local words, triggers, first = {}, {}, head(KEYS[2])

-- Waits for a moment, the earliest that is asked for.
local function wait(o, due)
  redis.call('ZADD', KEYS[2], int(due), o.member)
  o.is_due = true
end

local function raise(o, sources, due)
  local raised = raised_for(o.id, o.raised, o.seen, o.at, o.json)
  if not raised then return 'repeated' end
  if not is_let_through(o.t, o.throttled, raised, due) then return 'throttled' end
  return fire_once(o.id, o.hash, o.t, raised, o.seen, ARGV[3], o.at, due, now, sources, o.payload, o.depth)
end

local function fire_over(o, entries, due)
  local word = raise(o, sources_of(o.state, entries, o.source, o.json), due)
  use(o.state, entries)
  return word
end

-- Entries and the event that is shown, oldest first.
local function with(o, entries)
  local i = #entries + 1
  while i > 1 and entries[i - 1] > o.at do i = i - 2 end
  table.insert(entries, i, o.a)
  table.insert(entries, i + 1, o.at)
  return entries
end

-- What a firing needs of an event that waits for its moment.
local function need_of(o) return o.raised .. ' ' .. o.depth .. ' ' .. o.payload end

local observe = {}

-- Nothing has to be kept: that the event was raised says that this one was seen.
function observe.each(o)
  return raise(o, '[' .. o.json .. ']', o.at)
end

-- So many events whose first and last are at most a span apart.
function observe.count(o)
  local found, count = with(o, between(o.state, o.at - o.t.span, o.at + o.t.span)), o.t.count
  for i = 1, #found - 2 * count + 1, 2 do
    local last = i + 2 * count - 1
    local from, to = found[i + 1], found[last]
    if from <= o.at and to >= o.at and to - from <= o.t.span then return fire_over(o, { unpack(found, i, last) }, o.at) end
  end
  open(o.state, o.a, o.at, o.json)
  return 'noted'
end

-- The oldest event that waits, and the first that follows it.
observe['then'] = function(o)
  local found = between(o.state, o.at - o.t.span, o.at + o.t.span)
  if o.follows then
    for i = 1, #found, 2 do
      if is_of('a', found[i]) and found[i + 1] <= o.at then return fire_over(o, { found[i], found[i + 1], o.b, o.at }, o.at) end
    end
    open(o.state, o.b, o.at, o.json)
  end
  if o.begins then
    for i = 1, #found, 2 do
      if is_of('b', found[i]) and found[i + 1] >= o.at then return fire_over(o, { o.a, o.at, found[i], found[i + 1] }, found[i + 1]) end
    end
    open(o.state, o.a, o.at, o.json)
  end
  return 'noted'
end

-- Each event waits for an answer; what is not answered fires when its time is up (fire_waiting.lua).
function observe.without(o)
  local is_answered, oldest = false, nil
  if o.follows then mark(o.state, o.b, o.at) end
  local found = between(o.state, 0, MAX)
  for i = 1, #found, 2 do
    local entry, at = found[i], found[i + 1]
    if is_of('b', entry) then is_answered = is_answered or (at >= o.at and at <= o.at + o.t.span)
    elseif o.follows and at >= o.at - o.t.span and at <= o.at then use(o.state, { entry, at })
    else oldest = oldest or at end
  end
  if o.begins then
    if is_answered then use(o.state, { o.a, o.at })
    else
      open(o.state, o.a, o.at, o.json, need_of(o))
      oldest = math.min(oldest or o.at, o.at)
    end
  end
  if oldest then wait(o, oldest + o.t.span) else redis.call('ZREM', KEYS[2], o.member) end
  return 'noted'
end

-- Fires when nothing has come for a span, or it has waited long enough; with the last. The first says since when it waits.
function observe.debounce(o)
  local all = with(o, between(o.state, 0, MAX))
  open(o.state, o.a, o.at, o.json, need_of(o))
  use(o.state, { unpack(all, 3, #all - 2) })
  wait(o, math.min(all[#all] + o.t.span, all[2] + o.t.wait))
  return 'noted'
end

local function is_distinct(o, name)
  local span = o.t.distinct
  local owner, since = string.match(redis.call('GET', name) or '', '^(%S+) (%d+)$')
  if owner and owner ~= o.source and math.abs(o.at - tonumber(since)) < span then return false end
  redis.call('SET', name, o.source .. ' ' .. int(o.at), 'PX', int(2 * span))
  return true
end

local function show(n)
  local k, a = 7 * n - 3, 10 * n - 4
  local hash, source, roles = KEYS[k], ARGV[a + 1], ARGV[a + 9]
  local t = triggers[hash] or rule_of(hash)
  triggers[hash] = t
  if t[4] ~= ARGV[a + 5] then return 'ended' end
  local o = {
    t = t, hash = hash, seen = KEYS[k + 2], state = state_of(KEYS[k + 3], KEYS[k + 4], t), throttled = KEYS[k + 5],
    at = tonumber(ARGV[a]), source = source, json = ARGV[a + 2], depth = ARGV[a + 3], id = ARGV[a + 4], raised = ARGV[a + 6], payload = ARGV[a + 7], member = ARGV[a + 8],
    a = 'a' .. source, b = 'b' .. source, begins = roles ~= 'b', follows = roles ~= 'a',
  }
  -- An event that follows is noted as such, whatever else it is.
  if o.t.span > 0 and is_seen(o.state, o.follows and o.b or o.a) then return 'repeated' end
  local refused = refusal(o.id, hash, t, o.at)
  if refused then return refused end

  if t.distinct > 0 and o.begins and not is_distinct(o, KEYS[k + 6]) then return 'repeated' end
  local word = observe[t.kind](o)
  save(o.state, o.is_due)
  return word
end

for n = 1, (#KEYS - 3) / 7 do words[n] = show(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
local earliest = head(KEYS[2])
if earliest and (not first or earliest < first) then wake_for_triggers(ARGV[2]) end
return words
