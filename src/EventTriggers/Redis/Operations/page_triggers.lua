--[[
  Reads a page of triggers, in the order of their scores: those that have not ended by when they are due, those that have ended by when they
  did. Begins where an earlier page ended, and looks at a limited number of entries.

  Takes KEYS 4, ARGV 15

  KEYS[1]   root
  KEYS[2…4] triggers, triggers:ended, tagged:{tag}
  ARGV[1]   sources   which of these to read, one after another: live, ended, tagged; with a space between them
  ARGV[2]   limit     the most triggers to answer
  ARGV[3]   most      the most entries to look at
  ARGV[4]   bytes     of the answered hashes, after which the page ends
  ARGV[5…7] source, score, member  the last entry that was looked at; '', '-inf' and '' for the beginning
  ARGV[8]   last      the score at which the trigger set ends, exclusive, or ''
  ARGV[9]   prefix    of the id
  ARGV[10]  status
  ARGV[11]  kind
  ARGV[12]  type      of the event that it publishes
  ARGV[13]  on        a type that it waits for
  ARGV[14…15] from, before  ms when it is due, inclusive and exclusive, or ''

  Returns   how many entries it looked at; source, score and member of the last entry that it looked at; 1 when nothing follows, else 0.
            Then four values for each trigger: source, score, id, and its hash, or nothing if its key does not hold a hash. 'KEY TYPE' alone
            when one of the keys holds something of that type instead
]]
local SOURCES = { live = KEYS[2], ended = KEYS[3], tagged = KEYS[4] }

paging.limit, paging.most, paging.most_bytes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local source, score, member = ARGV[5], ARGV[6], ARGV[7]
local prefix, filter = ARGV[9], filter_of_triggers(ARGV, 10)

local function look_at(name, rank, id)
  -- A trigger over time has one more entry for each value of its key that waits for a moment.
  if string.find(id, '#', 1, true) or string.sub(id, 1, #prefix) ~= prefix then return end
  local trigger = key('trigger', id)
  local t = fields_of(trigger, unpack(TRIGGER_FIELDS))
  if not is_wanted_trigger(filter, t) then return end
  local hash = not t.is_foreign and redis.call('HGETALL', trigger)
  if not hash or #hash > 0 then answer(name, rank, id, hash) end
end

-- Looks at a sorted set. Answers whether it stopped before its end.
local function walk(name, zset)
  if name ~= source then source, score, member = name, source == '' and score or '-inf', '' end
  local rank, last = passed(zset, score, member, false), name == 'live' and tonumber(ARGV[8])
  while true do
    local entries = redis.call('ZRANGE', zset, int(rank), int(rank + CHUNK - 1), 'WITHSCORES')
    for i = 1, #entries, 2 do
      if last and tonumber(entries[i + 1]) >= last then return false end
      if is_full() then return true end
      member, score, paging.examined = entries[i], entries[i + 1], paging.examined + 1
      look_at(name, score, member)
    end
    if #entries < 2 * CHUNK then return false end
    rank = rank + CHUNK
  end
end

local has_stopped, is_over = false, source ~= ''
for name in string.gmatch(ARGV[1], '%a+') do
  is_over = is_over and name ~= source
  if not is_over and not has_stopped then
    local wrong = wrong_type(SOURCES[name], 'zset')
    if wrong then return { wrong } end
    has_stopped = walk(name, SOURCES[name])
  end
end
return { paging.examined, source, score, member, has_stopped and 0 or 1, unpack(paging.reply) }
