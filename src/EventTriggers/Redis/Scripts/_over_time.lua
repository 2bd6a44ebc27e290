-- Prepended to the scripts of triggers over time, after the prelude. Such a trigger keeps, for each value of its key, the events that it may still need.
-- An entry is 'a' and an event's id, or 'b' and the id of an event that follows or answers. state: where they are:
--   open   zset: entries that count -> ms when their events were published
--   used   zset: the same of entries that count no more, so that an event which is delivered again is known
--   held   hash: what a firing needs of an open entry, and under 's' and the entry, its event as JSON
local MOST_OPEN, MOST_USED, MOST_SOURCES = 1000, 10000, 10

-- Whether an event was seen before.
local function is_seen(state, entry)
  return redis.call('ZSCORE', state.open, entry) or redis.call('ZSCORE', state.used, entry)
end

-- Opens an entry of which nothing is needed but when it was.
local function mark(state, entry, at)
  redis.call('ZADD', state.open, at, entry)
  redis.call('PEXPIRE', state.open, int(state.waits))
end

local function open(state, entry, at, source, need)
  mark(state, entry, at)
  redis.call('HSET', state.held, entry, need, 's' .. entry, source)
  redis.call('PEXPIRE', state.held, int(state.waits))
end

-- Closes entries: they count no more. fresh: one that closes before it was open, of an event that was published at a moment.
local function use(state, entries, fresh, at)
  for _, entry in ipairs(entries) do
    local when = at
    if entry ~= fresh then
      when = redis.call('ZSCORE', state.open, entry)
      redis.call('ZREM', state.open, entry)
      redis.call('HDEL', state.held, entry, 's' .. entry)
    end
    if when then redis.call('ZADD', state.used, when, entry) end
  end
  if #entries > 0 then redis.call('PEXPIRE', state.used, int(state.lasts)) end
end

-- The state of a trigger over time for a value of its key. span: ms that events stay apart at most; waits: whether an entry is due at a moment
-- of its own, so that it stays until that has come, however late somebody looks.
local LATE, LONG_AFTER = 3600000, 30 * 86400000
local function state_of(open, used, held, span, waits)
  return { open = open, used = used, held = held, span = span, lasts = 2 * span + LATE, waits = waits and span + LONG_AFTER or 2 * span + LATE, keeps = waits }
end

-- Open entries of a kind, oldest first, whose events were published in a range: entry, ms, entry, ms …
local function between(state, kind, from, to)
  local found, all = {}, redis.call('ZRANGE', state.open, int(from), int(to), 'BYSCORE', 'WITHSCORES')
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) == kind then
      found[#found + 1] = all[i]
      found[#found + 1] = tonumber(all[i + 1])
    end
  end
  return found
end

-- The events of entries, as JSON: the last ten. fresh: one that is not held, and its event.
local function sources_of(state, entries, fresh, source)
  local all = {}
  for i = math.max(1, #entries - MOST_SOURCES + 1), #entries do
    all[#all + 1] = entries[i] == fresh and source or redis.call('HGET', state.held, 's' .. entries[i]) or nil
  end
  return '[' .. table.concat(all, ',') .. ']'
end

-- Lets go of what no event can need that is at most a span late, and of what is too much: looked at each eighth event.
local function bound(state)
  if redis.call('ZCARD', state.open) % 8 ~= 0 then return end
  local newest = math.max(tail(state.open) or 0, tail(state.used) or 0)
  local old = redis.call('ZRANGE', state.open, '-inf', '(' .. int(newest - 2 * state.span), 'BYSCORE', 'LIMIT', 0, 100)
  local over = redis.call('ZRANGE', state.open, 0, -MOST_OPEN - 1)
  for _, entry in ipairs(old) do
    if not state.keeps or string.sub(entry, 1, 1) == 'b' then over[#over + 1] = entry end
  end
  use(state, over)
  redis.call('ZREMRANGEBYSCORE', state.used, '-inf', '(' .. int(newest - state.lasts))
  redis.call('ZREMRANGEBYRANK', state.used, 0, -MOST_USED - 1)
end

-- Whether a trigger that fires at most so often in a time may fire for what was published at a moment; notes that it does.
local function is_let_through(throttled, raised, at, count, per)
  if count == 0 then return true end
  if redis.call('ZCOUNT', throttled, '(' .. int(at - per), '(' .. int(at + per)) >= count then return false end
  redis.call('ZADD', throttled, at, raised)
  redis.call('ZREMRANGEBYSCORE', throttled, '-inf', '(' .. int(tail(throttled) - 2 * per))
  redis.call('PEXPIRE', throttled, int(2 * per + 3600000))
  return true
end
