--[[
  Reads a page of the deliveries of a group: first those in lists (ready, quarantine, parked, and the backlogs of keys), list by list, then
  those in sorted sets together, from the highest score downwards. Begins where an earlier page ended, and looks at a limited number of
  entries. Where a key is asked for, what has its places comes before all others, and then its backlog.

  Takes KEYS 9, ARGV 19

  KEYS[1]   root
  KEYS[2…9] ready, quarantine, parked, delayed, leased, done, dead, ended  of the group
  ARGV[1]   group
  ARGV[2]   sources   what to read, each between two spaces: active (what has the places of the key), lists, delayed, leased, done, dead,
                      ended
  ARGV[3]   statuses  which to list, each between two spaces
  ARGV[4]   limit     the most deliveries to answer
  ARGV[5]   most      the most entries to look at
  ARGV[6]   bytes     of the answered hashes, after which the page ends
  ARGV[7…9] list, place, entry  the last entry of a list that was looked at: 'ready', 'quarantine', 'parked:TYPE', or
                      'waiting:SINCE:KEY' with when the key's backlog began; where a key is asked for, 'active' or 'waiting:KEY'. Its
                      place from 0, and the entry; '' for the beginning, and '-' for list when the lists are done
  ARGV[10…11] score, member  the last entry of a sorted set that was looked at
  ARGV[12]  from      ms at which a delivery reached its status, inclusive, or ''; of those in lists, when they were published
  ARGV[13]  before    the same, exclusive
  ARGV[14]  prefix    of the id
  ARGV[15]  type
  ARGV[16]  correlation
  ARGV[17]  error     part of the last failure, in lower case
  ARGV[18]  firing    the beginning of the firing that raised it
  ARGV[19]  key       of the events

  Returns   how many entries it looked at; 1 if a list is longer than it can be read, else 0; list, place, entry, score and member of the
            last entry that it looked at, as above; 1 when nothing follows, else 0. Then five values for each delivery: list, place, rank
            (when it was published, or its score), entry, and its hash, or nothing if its key does not hold a hash. 'KEY TYPE' alone when
            one of the keys holds something of that type instead
]]
local group, sources, statuses = ARGV[1], ARGV[2], ARGV[3]
paging.limit, paging.most, paging.most_bytes = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local from, before, prefix = tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14]
local filter = { type = ARGV[15], correlation = ARGV[16], error = ARGV[17], firing = ARGV[18], key = ARGV[19] }
local fields, wrong = wanted_fields(group), nil

local function reads(source) return string.find(sources, ' ' .. source .. ' ', 1, true) end

-- Whether a delivery is to be listed that an index holds. One whose status cannot be read is listed wherever its event is.
local function is_listed(index, e)
  if e.is_foreign then return not asks_for_fields(filter) end
  local status = status_of(e[1])
  if not status or not has_wanted(filter, e) then return false end
  if not index_of(status) then return true end
  local is_here = index_of(status) == index or (index == 'ready' and status == 'canceled')
  return is_here and string.find(statuses, ' ' .. status .. ' ', 1, true)
end

-- The deliveries that have the places of the key. They are listed first, wherever they stand, and not once more there.
local active, has_place = {}, {}
for id in string.gmatch(filter.key ~= '' and reach('HGET', key('active', group), filter.key) or '', '%S+') do
  active[#active + 1], has_place[id] = id, true
end

-- Looks at an entry of an index. rank: its score; nil in a list.
local function look_at(index, list, rank, entry)
  local id = index == 'leased' and id_of_lease(entry) or entry
  if string.sub(id, 1, #prefix) ~= prefix then return end
  if has_place[id] and list ~= 'active' and index ~= 'done' and index ~= 'ended' then return end
  local event = event_key(id)
  local e = fields_of(event, unpack(fields))
  if not is_listed(index, e) then return end
  local at = rank or whole(e[6]) or 0
  if not rank and ((from and at < from) or (before and at >= before)) then return end
  answer(list, int(paging.position.place), rank or int(at), entry, not e.is_foreign and redis.call('HGETALL', event))
end

local function look_at_list(name, entry) look_at('ready', name, nil, entry) end

-- Looks at a list. Answers whether the page ends before it does.
local function walk_one(name, list)
  wrong = wrong_type(list, 'list')
  local before = paging.examined
  if wrong or walk_list(name, list, look_at_list) then return true end
  -- A backlog without entries counts as well: so the number of backlogs that a call reads is limited.
  if paging.examined > before or not is_backlog(name) then return false end
  paging.examined = before + 1
  return is_full()
end

-- Looks at the group's lists. Answers whether the page ends before they do.
local function walk_lists()
  if (reach('ZCARD', KEYS[4]) or 0) > MOST_PARKED then paging.is_truncated = 1 end
  if filter.key ~= '' then return each_list_of_key(group, filter.key, paging.position.list, walk_one) end
  return each_list(group, paging.position.list, walk_one)
end

-- Where a delivery that has a place stands: the index, its entry there, and its score, which is nil in a list.
local function stand_of(id)
  local word, fence = unpack(fields_of(event_key(id), 'status:' .. group, 'fence:' .. group))
  local index = index_of(status_of(word) or '')
  if not index or index == 'ready' then return index, id end
  local entry = index == 'leased' and lease_of(id, fence) or id
  return index, entry, tonumber(reach('ZSCORE', key(index, group), entry) or '')
end

-- Looks at the deliveries that have the places of the key. Answers whether the page ends before they do.
local function walk_active()
  local position, first = paging.position, 1
  if position.list ~= '' and position.list ~= 'active' then return false end
  for i, id in ipairs(active) do
    if id == id_of_lease(position.entry) then first = i + 1 end
  end
  position.list = 'active'
  for i = first, #active do
    if is_full() then return true end
    position.place, position.entry, paging.examined = i - 1, active[i], paging.examined + 1
    local index, entry, rank = stand_of(active[i])
    local is_in_time = rank and (not from or rank >= from) and (not before or rank < before)
    if index == 'ready' or is_in_time then look_at(index, 'active', rank and int(rank), entry) end
  end
  return false
end

local score, member, sets = ARGV[10], ARGV[11], {}

-- The next entry of a sorted set and its score, or nil at its end.
local function head_of(set)
  if set.i > #set.entries and not set.is_read then
    set.entries, set.i = redis.call('ZREVRANGE', set.key, int(set.rank), int(set.rank + CHUNK - 1), 'WITHSCORES'), 1
    set.rank, set.is_read = set.rank + CHUNK, #set.entries < 2 * CHUNK
  end
  return set.entries[set.i], tonumber(set.entries[set.i + 1])
end

-- The sorted set whose next entry comes first.
local function first_set()
  local first, entry, highest
  for _, set in ipairs(sets) do
    local other, rank = head_of(set)
    if other and (not first or rank > highest or (rank == highest and is_behind(other, entry))) then
      first, entry, highest = set, other, rank
    end
  end
  if first and not (from and highest < from) then return first end
end

-- Looks at the sorted sets together. Answers whether the page ends before they do.
local function walk_sets()
  for _, set in ipairs(sets) do set.rank = passed(set.key, score, member, true) end
  local set = first_set()
  while set do
    if is_full() then return true end
    member, score = set.entries[set.i], set.entries[set.i + 1]
    set.i, paging.examined = set.i + 2, paging.examined + 1
    look_at(set.name, '', score, member)
    set = first_set()
  end
  return false
end

for k, name in ipairs({ 'delayed', 'leased', 'done', 'dead', 'ended' }) do
  if reads(name) then sets[#sets + 1] = { name = name, key = KEYS[k + 4], entries = {}, i = 1 } end
end
for _, set in ipairs(sets) do wrong = wrong or wrong_type(set.key, 'zset') end
if reads('lists') then wrong = wrong or wrong_type(KEYS[4], 'zset') end
if wrong then return { wrong } end

local has_stopped = false
if ARGV[7] ~= '-' then
  paging.position = { list = ARGV[7], place = tonumber(ARGV[8]), entry = ARGV[9] }
  has_stopped = (reads('active') and walk_active()) or (reads('lists') and walk_lists()) or false
  if wrong then return { wrong } end
end
if not has_stopped then
  paging.position = { list = '-', place = 0, entry = '' }
  has_stopped = walk_sets()
end
return reply_of(score, member, has_stopped)
