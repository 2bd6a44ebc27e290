-- Entries: the events that a trigger over time may still need for one value of its key. An entry is the event's number among those that its
-- partition accepted, preceded by how many digits that has, and the event's id: entries of one millisecond sort in the order in which their
-- events were accepted. An entry is open while it counts. Once it is used, it only shows that its event was seen, in case that event is
-- delivered again. A set of entries is a zset:
--   open entry -> ms when its event was published; used entry -> the same below zero

-- A script stops after reading or writing about this many entries, and is called again.
local BUDGET = 5000
local spent = 0

-- source: the letter under which the details of a state hold the events of the set.
local function set_of(name, source) return { name = name, source = source, scores = {}, added = 0 } end

-- Whether an event was seen before.
local function is_seen(set, entry) return redis.call('ZSCORE', set.name, entry) end

-- The score of a used entry from when its event was published, and back.
local function below(at) return -1 - at end

-- The number and the id of an entry.
local function parts_of(entry)
  local digits = tonumber(string.sub(entry, 1, 1), 16) or 0
  return tonumber(string.sub(entry, 2, digits + 1)) or 0, string.sub(entry, digits + 2)
end

-- Whether one event comes before another: by the ms, by the number, and between partitions by the id. '<' of strings would depend on the
-- server's locale.
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
  local first, last = int(math.max(from, 0)), int(to)
  local found = redis.call('ZRANGE', set.name, first, last, 'BYSCORE', 'LIMIT', int(offset or 0), int(most or -1), 'WITHSCORES')
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

-- When the newest event of a set was published, or nil.
local function newest_in(set)
  local last = tail(set.name)
  return last and math.max(last, below(head(set.name)))
end
