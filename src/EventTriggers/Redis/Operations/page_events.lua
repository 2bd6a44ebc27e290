--[[
  Reads a page of the deliveries of a group: first those in lists (ready, quarantine, parked, and the backlogs of keys), list by list, then
  those in sorted sets together, from the highest score downwards. Begins where an earlier page ended, and looks at a limited number of
  entries.

  Takes KEYS 9, ARGV 18

  KEYS[1]   root
  KEYS[2…9] ready, quarantine, parked, delayed, leased, done, dead, ended  of the group
  ARGV[1]   group
  ARGV[2]   sources   which indexes to read, each between two spaces: lists, delayed, leased, done, dead, ended
  ARGV[3]   statuses  which to list, each between two spaces
  ARGV[4]   limit     the most deliveries to answer
  ARGV[5]   most      the most entries to look at
  ARGV[6]   bytes     of the answered hashes, after which the page ends
  ARGV[7…9] list, place, entry  the last entry of a list that was looked at: 'ready', 'quarantine', 'parked:TYPE', or
                      'waiting:SINCE:KEY' with when the key's backlog began; its place from 0, and the entry; '' for the beginning, and
                      '-' for list when the lists are done
  ARGV[10…11] score, member  the last entry of a sorted set that was looked at
  ARGV[12]  from      ms at which a delivery reached its status, inclusive, or ''; of those in lists, when they were published
  ARGV[13]  before    the same, exclusive
  ARGV[14]  prefix    of the id
  ARGV[15]  type
  ARGV[16]  correlation
  ARGV[17]  error     part of the last failure, in lower case
  ARGV[18]  firing    the beginning of the firing that raised it

  Returns   how many entries it looked at; 1 if a list is longer than it can be read, else 0; list, place, entry, score and member of the
            last entry that it looked at, as above; 1 when nothing follows, else 0. Then five values for each delivery: list, place, rank
            (when it was published, or its score), entry, and its hash, or nothing if its key does not hold a hash. 'KEY TYPE' alone when
            one of the keys holds something of that type instead
]]
local group, sources, statuses = ARGV[1], ARGV[2], ARGV[3]
paging.limit, paging.most, paging.most_bytes = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local from, before, prefix = tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14]
local filter = { type = ARGV[15], correlation = ARGV[16], error = ARGV[17], firing = ARGV[18] }
local fields, wrong = wanted_fields(group), nil

local function reads(source) return string.find(sources, ' ' .. source .. ' ', 1, true) end

-- Whether a delivery is to be listed that an index holds. One whose status cannot be read is listed wherever its event is.
local function is_listed(index, e)
  if e.is_foreign then return not asks_for_fields(filter) end
  local status = status_of(e[1])
  if not status or not has_wanted(filter, e) then return false end
  if not INDEX[status] then return true end
  local is_here = INDEX[status] == index or (index == 'ready' and status == 'canceled')
  return is_here and string.find(statuses, ' ' .. status .. ' ', 1, true)
end

-- Looks at an entry of an index. rank: its score; nil in a list.
local function look_at(index, list, rank, entry)
  local id = index == 'leased' and id_of_lease(entry) or entry
  if string.sub(id, 1, #prefix) ~= prefix then return end
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
  return each_list(group, paging.position.list, walk_one)
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
if reads('lists') and ARGV[7] ~= '-' then
  paging.position = { list = ARGV[7], place = tonumber(ARGV[8]), entry = ARGV[9] }
  has_stopped = walk_lists()
  if wrong then return { wrong } end
end
if not has_stopped then
  paging.position = { list = '-', place = 0, entry = '' }
  has_stopped = walk_sets()
end
return reply_of(score, member, has_stopped)
