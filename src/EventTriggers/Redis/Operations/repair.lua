--[[
  Looks at some of the partition's keys for what no index holds, which only a hand, an eviction, or a script that the server broke off can
  leave behind, and puts it back where its status says it belongs. First it does so with what could not be put into its index because that
  held something of another type, and tells which keys do.

  The processes that share the partition go through its keys together, one page at a time: whoever comes when a page is due looks at it, and
  notes where the next one begins and when it is due. That is as many times later as this took as makes the share of the server what it
  should be.

  Takes KEYS 4, ARGV 9

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4]   repair    string, 'KEYS TRIGGERS DUE': the cursors to go on with, '-' for one that has come to its end in this round, and when
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where consumers are woken
  ARGV[3]   lease     ms for a lease that no index holds
  ARGV[4]   count     about how many keys to look at; 0 for none
  ARGV[5]   scans     '1', or '' for a server that cannot look through its keys in a script
  ARGV[6]   factor    how many times what a page took passes until the next
  ARGV[7]   least     ms that pass at least
  ARGV[8]   rest      ms until the next round begins; no page is later than that
  ARGV[9]   took      microseconds that the caller's last page took by its own watch, where the server's clock stands still while a script
                      runs

  Returns   ms until the next page is due, how many keys were looked at (-1 when no page was due), 1 when that ended the round (or 0), how
            much was repaired, and how many of those that could not be put into their index were looked at; then two for each key that holds
            something of another type: its name, and that type
]]
local now_or_pinned, count, can_scan, factor, least, rest = ARGV[1], ARGV[4], ARGV[5] ~= '', ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])

local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- By the first word of a key's name, or of a stray: each looks at what has the rest for a name, and answers whether that is to be looked at
-- again.
local REPAIR = {
  event = repair_event, trigger = repair_trigger, tagged = repair_tagged, subs = repair_subscriptions, unrouted = repair_unrouted,
  parked = repair_parked,
}

-- Looks at what could not be put into its index, up to a hundred of it. What is still to be looked at goes behind the others. Answers how
-- many there were.
local function look_at_strays()
  local strays = reach('ZRANGE', root .. ':strays', 0, 99) or {}
  for _, name in ipairs(strays) do
    local kind, id = string.match(name, '^(%l+):(.+)$')
    local again = REPAIR[kind] and REPAIR[kind](id, true)
    if again then redis.call('ZADD', root .. ':strays', repairs.now, name) else redis.call('ZREM', root .. ':strays', name) end
  end
  return #strays
end

-- Where the processes have come to, and when the next page is due. A cursor that another server gave finds some keys twice or not at all in
-- this round; what is not a cursor begins anew.
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

-- Looks at a page of the triggers' index, and takes out those whose hash is gone. Answers the next cursor.
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
  -- What is due later than any page is was written before the clock went back.
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
return report_foreign({ pause, seen, is_over, repairs.count, strays })
