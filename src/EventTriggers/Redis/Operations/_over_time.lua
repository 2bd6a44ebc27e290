-- Prepended to the scripts of triggers over time, after the prelude. Such a trigger keeps, for each value of its key, the events that it may still need.
-- An entry is an event's number among those that its partition accepted, preceded by how many digits that has, and the event's id: entries of one
-- millisecond sort in the order in which their events were accepted. An entry is open while it counts; then it only says that its event was seen, should
-- that be delivered again. What a script changes is noted, and written together with one command of a sort. state: where the entries are, and what was noted:
--   entries  zset: open entries of events that count or wait -> ms when they were published; used ones -> the same below zero
--   answers  zset: the same of events that follow or answer
--   held     hash: under 's' and an open entry, or 'f' where it is among the answers, its event as JSON; under the entry, what else a firing needs; under
--            'h', 'ms entry' of the last that was given up because there were too many; under 'w', 'ms due': since when what is due then waits for events that others have claimed
local MOST_OPEN, MOST_USED, MOST_SOURCES, MOST_DISTINCT = 1000, 10000, 10, 20
local SHORTEST, LONG_AFTER = 60000, 30 * 86400000
local KINDS = { each = true, count = true, ['then'] = true, without = true, debounce = true }
local UNREADABLE = 'Something else has written into its hash: what it asks for over time, or how often it has fired, cannot be read.'

-- So many entries are read or written by a script; then it does no more, and is called again.
local BUDGET = 5000
local spent = 0

-- Whether one of some keys holds something of another type, which is noted; each is given with the type that it must have. A command that met such a key
-- has ended a step before that wrote anything: each reads first what it writes then.
local function are_foreign(...)
  local keys, found = { ... }, false
  for i = 1, #keys, 2 do
    if wrong_type(keys[i], keys[i + 1]) then
      note_foreign(keys[i])
      found = true
    end
  end
  return found
end

-- Why something was given up: ids of triggers, and then words.
local given_up = {}

local function give_up(o, why, text)
  given_up[#given_up + 1] = o.id
  given_up[#given_up + 1] = why
  redis.call('HSET', o.hash, 'error', text)
end

-- Reads a trigger, and from its fields what it asks for: kind (each, count, then, without, debounce), how many, span ms, the longest wait ms; how
-- often it fires at most in how many ms; and for how many ms a value of its field 'distinct' counts once.
local function rule_of(hash)
  local t = fields_of(hash, 'type', 'fired', 'status', 'version', 'times', 'until', 'start', 'over', 'throttle', 'distinct')
  local kind, count, span, wait = string.match(t[8] or '', '^(%l+) (%d+) (%d+) (%d+)$')
  local throttle, per = string.match(t[9] or '', '^(%d+) (%d+)$')
  t.kind, t.count, t.span, t.wait = kind, tonumber(count), tonumber(span), tonumber(wait)
  t.throttle, t.per = tonumber(throttle or not t[9] and 0 or nil), tonumber(per or 0)
  t.distinct = tonumber(string.match(t[10] or '0', '^%d+'))
  -- What something else has written into it. Whoever reads it gives the event up, or tries it again later, and goes on with the others.
  t.is_unreadable = not KINDS[kind] or is_bad(t[2]) or is_bad(t[5]) or is_bad(t[6]) or is_bad(t[7]) or not t.throttle or not t.distinct
  -- Whether its events wait for a moment of their own, and stay until that has come, however late somebody looks.
  t.waits = kind == 'without' or kind == 'debounce'
  -- How much older than the newest an event may be; and for how long what is known of a value is kept, so that such an event finds what it needs.
  local longest = math.max(t.span or 0, t.per, t.distinct or 0)
  t.late = math.max(2 * longest, SHORTEST)
  t.lasts = t.late + longest
  return t
end

local function set_of(name, source) return { name = name, source = source, scores = {}, added = 0 } end

-- What a trigger keeps for a value of its key.
local function state_of(entries, answers, held)
  return { entries = set_of(entries, 's'), answers = set_of(answers, 'f'), held = held, needs = {}, needless = {} }
end

-- Whether an event was seen before.
local function is_seen(set, entry) return redis.call('ZSCORE', set.name, entry) end

-- The score of a used entry from when its event was published, and back.
local function below(at) return -1 - at end

-- The number and the id of an entry.
local function parts_of(entry)
  local digits = tonumber(string.sub(entry, 1, 1), 16) or 0
  return tonumber(string.sub(entry, 2, digits + 1)) or 0, string.sub(entry, digits + 2)
end

-- Whether one event comes before another: by the ms, by the number, and between partitions by the id. '<' of texts would go by the server's language.
local function is_before(at, entry, other_at, other)
  if at ~= other_at then return at < other_at end
  local number, id = parts_of(entry)
  local other_number, other_id = parts_of(other)
  if number ~= other_number then return number < other_number end
  for i = 1, math.min(#id, #other_id) do
    local x, y = string.byte(id, i), string.byte(other_id, i)
    if x ~= y then return x < y end
  end
  return #id < #other_id
end

-- Open entries whose events were published in a range, oldest first: entry, ms, entry, ms …
local function between(set, from, to, offset, most)
  local found = redis.call('ZRANGE', set.name, int(math.max(from, 0)), int(to), 'BYSCORE', 'LIMIT', int(offset or 0), int(most or -1), 'WITHSCORES')
  for i = 2, #found, 2 do found[i] = tonumber(found[i]) end
  spent = spent + #found / 2
  return found
end

-- The first open entry that comes after an event, until a moment; or nil.
local function first_after(set, at, entry, to)
  local offset, page = 0, 20
  while true do
    local found = between(set, at, to, offset, page)
    for i = 1, #found, 2 do
      if is_before(at, entry, found[i + 1], found[i]) then return found[i], found[i + 1] end
    end
    if #found < 2 * page then return nil end
    offset = offset + page
  end
end

-- When the newest event was published that a set knows of, or nil.
local function newest_in(set)
  local last = tail(set.name)
  return last and math.max(last, below(head(set.name)))
end

-- Opens an entry of which nothing is needed but when it was.
local function mark(set, entry, at)
  set.scores[#set.scores + 1] = int(at)
  set.scores[#set.scores + 1] = entry
end

local function open(state, set, entry, at, source, need)
  mark(set, entry, at)
  add_field(state.needs, set.source .. entry, source)
  add_field(state.needs, entry, need)
end

-- Entries count no more, whether they were open or are new.
local function use(state, set, entries)
  for i = 1, #entries, 2 do
    mark(set, entries[i], below(entries[i + 1]))
    state.needless[#state.needless + 1] = set.source .. entries[i]
    if set == state.entries then state.needless[#state.needless + 1] = entries[i] end
  end
  spent = spent + #entries / 2
end

-- The events of entries, as JSON: the last ten. source: the entry of one that is not held, and its JSON.
local function sources_of(state, entries, source, json)
  local all = {}
  for i = math.max(1, #entries - 2 * MOST_SOURCES + 1), #entries, 2 do
    local held = entries[i] == source and { json } or redis.call('HMGET', state.held, 's' .. entries[i], 'f' .. entries[i])
    all[#all + 1] = held[1] or held[2] or nil
  end
  return '[' .. table.concat(all, ',') .. ']'
end

local function write_all(command, name, values)
  local count = 0
  for i = 1, #values, 1000 do count = count + redis.call(command, name, unpack(values, i, math.min(i + 999, #values))) end
  return count
end

local function write(state)
  for _, set in ipairs({ state.entries, state.answers }) do
    if #set.scores > 0 then
      set.added, set.is_written, set.scores = set.added + write_all('ZADD', set.name, set.scores), true, {}
    end
  end
  write_all('HSET', state.held, state.needs)
  write_all('HDEL', state.held, state.needless)
  state.needs, state.needless = {}, {}
end

-- The end of a burst that has come to an event.
local function end_of(t, first, at) return math.min(at + t.span, first + t.wait) end

-- Entries between others that tell as much without them: of events that follow one another closely, all but the first and the last of a burst where
-- the rest still hangs together; of answers, those that another comes soon enough after.
local function needless_among(o, all, is_burst)
  local found, first, kept = {}, all[2], all[2]
  for i = 3, #all - 3, 2 do
    local at, next = all[i + 1], all[i + 3]
    if is_burst and at >= end_of(o.t, first, kept) then first, kept = at, at
    elseif next - kept > o.t.span - (is_burst and 1 or 0) or (is_burst and next >= end_of(o.t, first, at)) then kept = at
    else
      found[#found + 1] = all[i]
      found[#found + 1] = at
    end
  end
  return found
end

-- Lets go of what is too much: of the oldest open entries, and of used ones. Events from before can be judged no more.
local function bound_count(o, set)
  local state, last = o.state, nil
  local count = redis.call('ZCOUNT', set.name, 0, '+inf')
  if count > MOST_OPEN and (o.t.kind == 'debounce' or (o.t.kind == 'without' and set == state.answers)) then
    local needless = needless_among(o, between(set, 0, MAX), set == state.entries)
    use(state, set, needless)
    count = count - #needless / 2
    write(state)
  end
  if count > MOST_OPEN then
    last = between(set, 0, MAX, 0, count - MOST_OPEN)
    use(state, set, last)
    write(state)
    -- What is older than a span could only have helped events that come late.
    if set == state.entries and (o.t.waits or last[#last] >= state.newest - o.t.span) then
      give_up(o, 'full', 'More than ' .. MOST_OPEN .. ' events of one value of its key count or wait: the oldest were given up.')
    end
  end
  local used = redis.call('ZCOUNT', set.name, '-inf', '(0')
  if used > MOST_USED then
    local seen = redis.call('ZRANGE', set.name, MOST_USED, MOST_USED, 'WITHSCORES')
    redis.call('ZREMRANGEBYRANK', set.name, MOST_USED, used - 1)
    if not last or below(tonumber(seen[2])) > last[#last] then last = { seen[1], below(tonumber(seen[2])) } end
  end
  if last then redis.call('HSET', state.held, 'h', int(last[#last]) .. ' ' .. last[#last - 1]) end
end

-- Lets go of what no event can need that may still come.
local function bound_age(o, set)
  local state, oldest = o.state, o.state.newest - o.t.lasts
  if not o.t.waits or set == state.answers then
    local old = between(set, 0, oldest - 1, 0, 100)
    local names, fields = {}, {}
    for i = 1, #old, 2 do
      names[#names + 1] = old[i]
      fields[#fields + 1] = set.source .. old[i]
    end
    write_all('ZREM', set.name, names)
    write_all('HDEL', state.held, fields)
  end
  redis.call('ZREMRANGEBYSCORE', set.name, '(' .. int(below(oldest)), '(0')
end

-- Writes what was noted; at each eighth entry it is looked whether there is too much. is_due: whether an entry waits for its moment.
local function save(o, is_due)
  local state = o.state
  write(state)
  local lasts = is_due and o.t.lasts + LONG_AFTER or o.t.lasts
  for _, set in ipairs({ state.entries, state.answers }) do
    if set.added > 0 and redis.call('ZCARD', set.name) % 8 < set.added then
      bound_age(o, set)
      bound_count(o, set)
    end
  end
  if not state.entries.is_written and not state.answers.is_written then return end
  redis.call('PEXPIRE', state.entries.name, int(lasts))
  redis.call('PEXPIRE', state.held, int(lasts))
  if o.t.kind == 'then' or o.t.kind == 'without' then redis.call('PEXPIRE', state.answers.name, int(lasts)) end
end

-- Why a trigger that fires at most so often in a time does not fire for what is due at a moment, or nil; then it is noted that it does.
local function refusal_of_limit(t, throttled, raised, at)
  if t.throttle == 0 then return nil end
  local newest = tail(throttled)
  if newest and (at < newest - t.late or (redis.call('ZCARD', throttled) >= MOST_USED and at - t.per < head(throttled))) then return 'late' end
  local from, to = '(' .. int(at - t.per), '(' .. int(at + t.per)
  if redis.call('ZCOUNT', throttled, from, to) >= t.throttle then
    if redis.call('ZCOUNT', throttled, '(' .. int(at), to) == 0 then return 'throttled' end
    local near, all, i = redis.call('ZRANGE', throttled, from, to, 'BYSCORE', 'WITHSCORES'), {}, 1
    for n = 2, #near, 2 do all[#all + 1] = tonumber(near[n]) end
    spent = spent + #all
    while all[i] and all[i] <= at do i = i + 1 end
    table.insert(all, i, at)
    for n = 1, #all - t.throttle do
      if all[n + t.throttle] - all[n] < t.per then return 'throttled' end
    end
  end
  redis.call('ZADD', throttled, at, raised)
  redis.call('ZREMRANGEBYSCORE', throttled, '-inf', '(' .. int(tail(throttled) - t.lasts))
  redis.call('ZREMRANGEBYRANK', throttled, 0, -MOST_USED - 1)
  redis.call('PEXPIRE', throttled, int(t.lasts))
  return nil
end
