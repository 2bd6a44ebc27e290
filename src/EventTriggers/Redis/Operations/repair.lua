--[[
  Looks at some of the partition's keys for entries that are missing in every index, and adds them where their status says they belong. Such
  entries are left by deletions by hand, by evictions, and by scripts that the server aborted. First it adds the entries that could not be
  added because the key of their index held something of another type, and reports such keys.

  The processes that share the partition go through its keys together, one page at a time: the first process that calls when a page is due
  looks at it, and notes where the next page begins and when it is due. The pause until then is a multiple of the time that the page took,
  which fixes the share of the server's time.

  Takes KEYS 4, ARGV 9

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4]   repair    string, 'KEYS TRIGGERS DUE': the cursors to continue with, '-' for a scan that is finished in this round, and when the
                      next page is due
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lease     ms: the duration of a restored lease
  ARGV[4]   count     about how many keys to look at; 0 for none
  ARGV[5]   scans     '1', or '' for a server that cannot look through its keys in a script
  ARGV[6]   factor    the pause until the next page, as a multiple of the time that this one took
  ARGV[7]   least     the shortest pause in ms
  ARGV[8]   rest      ms until the next round begins; no page is later than that
  ARGV[9]   took      microseconds that the caller's last page took by its own clock, for servers whose clock stands still while a script
                      runs

  Returns   ms until the next page is due, how many keys were looked at (-1 when no page was due), 1 when that ended the round (or 0), how
            many entries were repaired, and how many noted entries (strays) were looked at; then two for each key that holds something of
            another type: its name, and that type
]]
local now_or_pinned, count, can_scan, factor, least, rest = ARGV[1], ARGV[4], ARGV[5] ~= '', ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])

local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- The function for each first word of a key's name, or of a stray. It gets the rest of the name, and answers whether the entry is to be
-- looked at again.
local REPAIR = {
  event = repair_event, trigger = repair_trigger, tagged = repair_tagged, subs = repair_subscriptions, unrouted = repair_unrouted,
  parked = repair_parked, backlog = repair_backlog, unique = repair_name,
}

-- Looks at up to a hundred entries that could not be added to their index. Those that are to be looked at again go behind the others.
-- Answers how many there were.
local function look_at_strays()
  local strays = reach('ZRANGE', root .. ':strays', 0, 99) or {}
  for _, name in ipairs(strays) do
    local kind, id = string.match(name, '^(%l+):(.+)$')
    local again = REPAIR[kind] and REPAIR[kind](id, true)
    if again then redis.call('ZADD', root .. ':strays', repairs.now, name) else redis.call('ZREM', root .. ':strays', name) end
  end
  return #strays
end

-- The place that the processes have reached, and when the next page is due. With a cursor of another server some keys are found twice, or
-- not at all, in this round. A word that is not a cursor starts again.
local function place()
  local function cursor_of(word) return (word == '-' or (word and #word < 20 and string.match(word, '^%d+$'))) and word or '0' end
  local stored = redis.pcall('GET', KEYS[4])
  local keys, triggers, due = string.match(type(stored) == 'string' and stored or '', '^(%S+) (%S+) (%S+)$')
  return can_scan and cursor_of(keys) or '-', cursor_of(triggers), whole(due) or 0
end

-- Looks at a page of the server's keys. Answers the next cursor, and how many keys there were.
local function look_at_keys(cursor)
  if cursor == '-' then return cursor, 0 end
  local page = redis.call('SCAN', cursor, 'MATCH', root .. ':*', 'COUNT', count)
  for _, name in ipairs(page[2]) do
    local kind, id = string.match(name, '^(%l+):(.+)$', #root + 2)
    if REPAIR[kind] then REPAIR[kind](id) end
  end
  return page[1] == '0' and '-' or page[1], #page[2]
end

-- Looks at a page of the triggers' index, and removes those whose hash is gone. Answers the next cursor.
local function look_at_triggers(cursor)
  if cursor == '-' then return cursor end
  local page = reach('ZSCAN', KEYS[2], cursor, 'COUNT', count) or { '0', {} }
  for i = 1, #page[2], 2 do
    local id = page[2][i]
    if redis.call('EXISTS', key('trigger', string.match(id, '^[^#]+'))) == 0 then count_repairs(redis.call('ZREM', KEYS[2], id)) end
  end
  return page[1] == '0' and '-' or page[1]
end

-- Answers ms until the next page is due, how many keys were looked at (-1 when no page was due), and whether that ended the round, 1 or 0.
local function look_at_page(began)
  local keys_at, triggers_at, due = place()
  local pause = due - repairs.now
  -- If the pause is longer than any can be, it was written before the clock went back.
  if count == '0' or (pause > 0 and pause <= rest) then return pause, -1, 0 end
  local seen, is_over
  keys_at, seen = look_at_keys(keys_at)
  triggers_at = look_at_triggers(triggers_at)
  if keys_at == '-' and triggers_at == '-' then
    keys_at, triggers_at, pause, is_over = '0', '0', rest, 1
  else
    local took = micros() - began
    if took <= 0 then took = tonumber(ARGV[9]) end
    pause, is_over = math.min(rest, math.max(least, math.floor(took * factor / 1000))), 0
  end
  reach('SET', KEYS[4], keys_at .. ' ' .. triggers_at .. ' ' .. int(repairs.now + pause))
  return pause, seen, is_over
end

local began = micros()
repairs.now, repairs.lease = now_or_pinned ~= '' and tonumber(now_or_pinned) or math.floor(began / 1000), tonumber(ARGV[3])
outbox.now = repairs.now
local strays = look_at_strays()
local pause, seen, is_over = look_at_page(began)
send(ARGV[2])
if taken_names then taken_names.go_on(ARGV[2], repairs.now) end
return report_foreign({ pause, seen, is_over, repairs.count, strays })
