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

local function open(state, entry, at, source, need)
  redis.call('ZADD', state.open, at, entry)
  redis.call('HSET', state.held, entry, need, 's' .. entry, source)
end

-- Closes entries: they count no more.
local function use(state, entries)
  for _, entry in ipairs(entries) do
    local at = redis.call('ZSCORE', state.open, entry)
    redis.call('ZREM', state.open, entry)
    redis.call('HDEL', state.held, entry, 's' .. entry)
    if at then redis.call('ZADD', state.used, at, entry) end
  end
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

-- The events of entries, as JSON: the last ten.
local function sources_of(state, entries)
  local all = {}
  for i = math.max(1, #entries - MOST_SOURCES + 1), #entries do
    all[#all + 1] = redis.call('HGET', state.held, 's' .. entries[i]) or nil
  end
  return '[' .. table.concat(all, ',') .. ']'
end

-- Lets go of what no event can need that is at most a span late, and of what is too much.
local function bound(state, span)
  local newest = math.max(tail(state.open) or 0, tail(state.used) or 0)
  local over = redis.call('ZRANGE', state.open, '-inf', '(' .. int(newest - 2 * span), 'BYSCORE', 'LIMIT', 0, 100)
  for _, entry in ipairs(redis.call('ZRANGE', state.open, 0, -MOST_OPEN - 1)) do over[#over + 1] = entry end
  use(state, over)
  redis.call('ZREMRANGEBYSCORE', state.used, '-inf', '(' .. int(newest - 2 * span))
  redis.call('ZREMRANGEBYRANK', state.used, 0, -MOST_USED - 1)
end

-- Keeps a state for as long as events may need it, and from growing: looked at each eighth event, and when some were used.
local function keep(state, span)
  local count, lasts = redis.call('ZCARD', state.open), 2 * span + 3600000
  if count % 8 == 0 then bound(state, span) end
  if redis.call('PTTL', count > 0 and state.open or state.used) < lasts - 1800000 then
    for _, name in pairs(state) do redis.call('PEXPIRE', name, int(lasts)) end
  end
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
