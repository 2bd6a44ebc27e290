--[[
  Reads a page of the events that neither a group nor a trigger has taken, type by type, and of each type newest first. Begins where an
  earlier page ended, and looks at a limited number of entries.

  Takes KEYS 2, ARGV 7

  KEYS[1]   root
  KEYS[2]   unrouted
  ARGV[1]   type      or '' for all, in the order of their names
  ARGV[2]   limit     the most events to answer
  ARGV[3]   most      the most entries to look at
  ARGV[4]   bytes     of the answered hashes, after which the page ends
  ARGV[5…7] list, place, entry  the last entry that was looked at: its type, its place from 0, and the entry; '' for the beginning

  Returns   as page_events: how many entries it looked at; 1 if a list is longer than it can be read, else 0; list, place and entry of the
            last entry that it looked at; two values without meaning; 1 when nothing follows, else 0. Then five values for each event: list,
            place, when it was published, entry, and its hash, or nothing if its key does not hold a hash. 'KEY TYPE' alone when one of the
            keys holds something of that type instead
]]
local MOST_TYPES = 1000

paging.limit, paging.most, paging.most_bytes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
paging.position = { list = ARGV[5], place = tonumber(ARGV[6]), entry = ARGV[7] }

-- Whether neither a group nor a trigger has taken an event, and nothing has canceled it; and when it was published.
local function is_waiting(hash)
  local at
  for i = 1, #hash, 2 do
    if hash[i] == 'status' or string.sub(hash[i], 1, 7) == 'status:' then return false end
    if hash[i] == 'at' then at = whole(hash[i + 1]) end
  end
  return #hash > 0, at or 0
end

local function look_at(name, entry)
  local hash, is_shown, at = redis.pcall('HGETALL', event_key(entry)), true, 0
  if hash.err then hash = false else is_shown, at = is_waiting(hash) end
  if is_shown then answer(name, int(paging.position.place), int(at), entry, hash) end
end

local wrong = wrong_type(KEYS[2], 'zset')
if wrong then return { wrong } end
local types = { ARGV[1] }
if ARGV[1] == '' then
  types = redis.call('ZRANGE', KEYS[2], 0, MOST_TYPES)
  if #types > MOST_TYPES then paging.is_truncated = 1 end
  table.sort(types)
end
local has_stopped, start = false, ARGV[5]
for _, name in ipairs(types) do
  if not has_stopped and not (name < start) then
    wrong = wrong_type(key('unrouted', name), 'list')
    if wrong then return { wrong } end
    has_stopped = walk_list(name, key('unrouted', name), look_at)
  end
end
return reply_of('0', '', has_stopped)
