-- Prepended to the scripts of triggers over time, after the prelude. Such a trigger keeps, for each value of its key, the events that it may still need.
-- An entry is 'a' and an event's id, or 'b' and the id of an event that follows or answers. It is open while it counts; then it only says that its
-- event was seen, should that be delivered again. What a script changes is noted, and written at the end with one command of a sort. state: where
-- the entries are, and what was noted:
--   entries  zset: open entries -> ms when their events were published; used ones -> the same below zero
--   held     hash: under 's' and an open entry, its event as JSON; under the entry, what else a firing needs
local MOST_OPEN, MOST_USED, MOST_SOURCES = 1000, 10000, 10
local LATE, LONG_AFTER = 3600000, 30 * 86400000

-- Reads a trigger, and from its fields what it asks for: kind (each, count, then, without, debounce), how many, span ms, the longest wait ms; how
-- often it fires at most in how many ms; and for how many ms a value of its field 'distinct' counts once.
local function rule_of(hash)
  local t = redis.call('HMGET', hash, 'type', 'fired', 'status', 'version', 'times', 'until', 'start', 'over', 'throttle', 'distinct')
  local kind, count, span, wait = string.match(t[8] or '', '^(%l+) (%d+) (%d+) (%d+)$')
  local throttle, per = string.match(t[9] or '', '^(%d+) (%d+)$')
  t.kind, t.count, t.span, t.wait = kind, tonumber(count), tonumber(span), tonumber(wait)
  t.throttle, t.per, t.distinct = tonumber(throttle or 0), tonumber(per), tonumber(string.match(t[10] or '', '^%d+') or 0)
  -- Whether its events wait for a moment of their own, and stay until that has come, however late somebody looks.
  t.waits = kind == 'without' or kind == 'debounce'
  return t
end

-- What a trigger keeps for a value of its key.
local function state_of(entries, held, t)
  return { entries = entries, held = held, span = t.span, lasts = 2 * t.span + LATE, waits = t.waits, scores = {}, needs = {}, needless = {} }
end

-- Whether an event was seen before.
local function is_seen(state, entry) return redis.call('ZSCORE', state.entries, entry) end

-- The score of a used entry from when its event was published, and back.
local function below(at) return -1 - at end

local function is_of(kind, entry) return string.sub(entry, 1, 1) == kind end

-- Open entries whose events were published in a range, oldest first: entry, ms, entry, ms …
local function between(state, from, to, most)
  local found = redis.call('ZRANGE', state.entries, int(math.max(from, 0)), int(to), 'BYSCORE', 'LIMIT', '0', most or '-1', 'WITHSCORES')
  for i = 2, #found, 2 do found[i] = tonumber(found[i]) end
  return found
end

-- Opens an entry of which nothing is needed but when it was.
local function mark(state, entry, at)
  state.scores[#state.scores + 1] = int(at)
  state.scores[#state.scores + 1] = entry
end

local function open(state, entry, at, source, need)
  mark(state, entry, at)
  add_field(state.needs, 's' .. entry, source)
  add_field(state.needs, entry, need)
end

-- Entries count no more, whether they were open or are new.
local function use(state, entries)
  for i = 1, #entries, 2 do
    mark(state, entries[i], below(entries[i + 1]))
    state.needless[#state.needless + 1] = entries[i]
    state.needless[#state.needless + 1] = 's' .. entries[i]
  end
end

-- The events of entries, as JSON: the last ten. source: the id of one that is not held, and its JSON.
local function sources_of(state, entries, source, json)
  local all = {}
  for i = math.max(1, #entries - 2 * MOST_SOURCES + 1), #entries, 2 do
    all[#all + 1] = string.sub(entries[i], 2) == source and json or redis.call('HGET', state.held, 's' .. entries[i]) or nil
  end
  return '[' .. table.concat(all, ',') .. ']'
end

local function write(state)
  local added = #state.scores > 0 and redis.call('ZADD', state.entries, unpack(state.scores)) or 0
  if #state.needs > 0 then redis.call('HSET', state.held, unpack(state.needs)) end
  if #state.needless > 0 then redis.call('HDEL', state.held, unpack(state.needless)) end
  state.scores, state.needs, state.needless = {}, {}, {}
  return added
end

-- Lets go of what no event can need that is at most a span late, and of what is too much.
local function bound(state)
  local entries, newest = state.entries, math.max(tail(state.entries), below(head(state.entries)))
  local old = between(state, 0, newest - 2 * state.span - 1, 100)
  for i = 1, #old, 2 do
    if not state.waits or is_of('b', old[i]) then use(state, { old[i], old[i + 1] }) end
  end
  use(state, between(state, 0, MAX, math.max(redis.call('ZCOUNT', entries, 0, '+inf') - MOST_OPEN, 0)))
  write(state)
  redis.call('ZREMRANGEBYSCORE', entries, '(' .. int(below(newest - state.lasts)), '(0')
  redis.call('ZREMRANGEBYRANK', entries, MOST_USED, redis.call('ZCOUNT', entries, '-inf', '(0') - 1)
end

-- Writes what was noted; at each eighth entry it is looked whether there is too much. is_due: whether an entry waits for its moment.
local function save(state, is_due)
  if #state.scores == 0 then return end
  local lasts, holds = is_due and state.span + LONG_AFTER or state.lasts, #state.needs > 0
  local added = write(state)
  if redis.call('ZCARD', state.entries) % 8 < added then bound(state) end
  redis.call('PEXPIRE', state.entries, int(lasts))
  if holds then redis.call('PEXPIRE', state.held, int(lasts)) end
end

-- Whether a trigger that fires at most so often in a time may fire for what was published at a moment; notes that it does.
local function is_let_through(t, throttled, raised, at)
  if t.throttle == 0 then return true end
  if redis.call('ZCOUNT', throttled, '(' .. int(at - t.per), '(' .. int(at + t.per)) >= t.throttle then return false end
  redis.call('ZADD', throttled, at, raised)
  redis.call('ZREMRANGEBYSCORE', throttled, '-inf', '(' .. int(tail(throttled) - 2 * t.per))
  redis.call('PEXPIRE', throttled, int(2 * t.per + LATE))
  return true
end
