-- The state of a trigger over time for one value of its key. Changes are noted, and written together, with one command of each kind. Needs
-- _entries.
--   entries  set of events that count or wait
--   answers  set of events that follow or answer
--   details  hash: under 's' and an open entry, or 'f' where it is among the answers, its event as JSON; under the entry, what else a
--            firing needs, and under 't' and the entry, the context of the span that led to it; under 'h', 'ms entry' of the newest that
--            was dropped because there were too many; under 'w', 'ms due': since when what is due then waits for events that others have
--            claimed

local MOST_SOURCES = 10

local function state_of(entries, answers, details)
  return { entries = set_of(entries, 's'), answers = set_of(answers, 'f'), details = details, needed = {}, needless = {} }
end

-- Opens an entry that needs only the time at which its event was published.
local function mark(set, entry, at)
  set.scores[#set.scores + 1] = int(at)
  set.scores[#set.scores + 1] = entry
end

-- source: the event as JSON; need: the rest that a firing needs, or nil; trace: the context of the span that led to it, '' or nil.
local function open(state, set, entry, at, source, need, trace)
  mark(set, entry, at)
  add_field(state.needed, set.source .. entry, source)
  add_field(state.needed, entry, need)
  add_field(state.needed, 't' .. entry, trace)
end

-- Uses entries, open or new: they no longer count.
local function use(state, set, entries)
  for i = 1, #entries, 2 do
    mark(set, entries[i], below(entries[i + 1]))
    state.needless[#state.needless + 1] = set.source .. entries[i]
    if set == state.entries then
      state.needless[#state.needless + 1] = entries[i]
      state.needless[#state.needless + 1] = 't' .. entries[i]
    end
  end
  spent = spent + #entries / 2
end

-- The events of entries as a JSON array: the last ten. event: one that is not among the details yet.
local function sources_of(state, entries, event)
  local all = {}
  for i = math.max(1, #entries - 2 * MOST_SOURCES + 1), #entries, 2 do
    local found = entries[i] == event.entry and { event.json } or redis.call('HMGET', state.details, 's' .. entries[i], 'f' .. entries[i])
    all[#all + 1] = found[1] or found[2] or nil
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
  write_all('HSET', state.details, state.needed)
  write_all('HDEL', state.details, state.needless)
  state.needed, state.needless = {}, {}
end
