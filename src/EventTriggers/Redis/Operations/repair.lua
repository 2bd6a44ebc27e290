--[[
  Looks at some of the partition's keys for what no index holds, which only a hand, an eviction, or a script that the server broke off can
  leave behind, and puts it back where its status says it belongs. First it does so with what could not be put into its index because that held
  something of another type, and tells which keys do.

  The processes that share the partition go through its keys together, one page at a time: whoever comes when a page is due looks at it, and notes where
  the next one begins and when it is due. That is as many times later as this took as makes the share of the server what it should be.

  Takes KEYS 4, ARGV 9

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4]   repair    string, 'KEYS TRIGGERS DUE': the cursors to go on with, '-' for one that has come to its end in this round, and when
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   lease     ms for a lease that no index holds
  ARGV[4]   count     about how many keys to look at; 0 for none
  ARGV[5]   scans     '1', or '' for a server that cannot look through its keys in a script
  ARGV[6]   factor    how many times what a page took passes until the next
  ARGV[7]   least     ms that pass at least
  ARGV[8]   rest      ms until the next round begins; no page is later than that
  ARGV[9]   took      microseconds that the caller's last page took by its own watch, where the server's clock stands still while a script runs

  Returns   ms until the next page is due, how many keys were looked at (-1 when no page was due), 1 when that ended the round (or 0), how much was
            repaired, and how many of those that could not be put into their index were looked at; then two for each key that holds something of
            another type: its name, and that type
]]
local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local began = micros()
local now, repaired, lists = ARGV[1] ~= '' and tonumber(ARGV[1]) or math.floor(began / 1000), 0, {}
outbox.now = now

-- Whether a list holds an id. A long list is not searched: what it may hold is left alone until it is short. But what is known not to have been put
-- into it is; were it there all the same, the second of the two would be passed over by a claim.
local function listed(list, id, is_stray)
  local name = (is_stray and '!' or '') .. list
  local ids = lists[name]
  if ids == nil then
    ids = is_stray and not wrong_type(list, 'list') and {}
    local length = redis.pcall('LLEN', list)
    if whole(length) and length <= 1000 then
      ids = {}
      for _, one in ipairs(redis.call('LRANGE', list, 0, -1)) do ids[one] = true end
    end
    lists[name] = ids
  end
  return not ids or ids[id]
end

local is_live = { ready = true, delayed = true, leased = true }

-- What a delivery is called in the index of its status.
local function entry_of(group, status, id)
  return status == 'leased' and lease_of(id, redis.call('HGET', event_key(id), 'fence:' .. group)) or id
end

local function is_waiting(group, id, name, is_stray)
  if listed(key('ready', group), id, is_stray) or listed(key('suspects', group), id, is_stray) then return true end
  return name and (listed(parked_lane(group, name), id, is_stray) or listed(parked_lane(group, name .. '!'), id, is_stray))
end

local function is_indexed(group, status, id, name, is_stray)
  if (status == 'ready' or status == 'canceled') and is_waiting(group, id, name, is_stray) then return true end
  -- What is no sorted set is left alone.
  return INDEX[status] and status ~= 'ready' and redis.pcall('ZSCORE', key(INDEX[status], group), entry_of(group, status, id))
end

local function restore(group, status, id, due)
  if status == 'ready' and (whole(redis.call('HGET', event_key(id), 'crashes:' .. group)) or 0) >= SUSPECT then
    push(key('suspects', group), { id })
  elseif status == 'ready' then append(outbox.ready, group, id)
  elseif status == 'delayed' then append(outbox.delayed, group, math.max(whole(due) or now, now), id)
  else reach('ZADD', key(INDEX[status], group), status == 'leased' and now + ARGV[3] or now, entry_of(group, status, id)) end
  repaired = repaired + 1
end

-- A group that is gone for good was taken out of the routes: what it had is left alone.
local function is_wanted(name, group)
  return group == '$triggers' or (name and redis.pcall('SISMEMBER', key('routes', name), group) == 1)
end

-- Events that were looked at: what is put back is pushed when the script ends, and would be missed again until then.
local seen = {}

-- Answers whether an event is to be looked at again: the key of an index where it belongs still holds something else.
local function repair_event(id, is_stray)
  if seen[id] then return end
  seen[id] = true
  local event = event_key(id)
  if wrong_type(event, 'hash') then return end
  local lost, held, groups, is_blocked, e = {}, 0, 0, false, redis.call('HMGET', event, 'type', 'due')
  for _, field in ipairs(redis.call('HKEYS', event)) do
    local group = string.match(field, '^status:(.+)$')
    if group then
      if group ~= '$triggers' then groups = groups + 1 end
      local status = status_of(redis.call('HGET', event, field))
      if is_stray and INDEX[status] then
        is_blocked = is_blocked or wrong_type(key(INDEX[status], group), status == 'ready' and 'list' or 'zset')
          or (status == 'ready' and wrong_type(key('suspects', group), 'list'))
          or (status == 'ready' and e[1] and (wrong_type(parked_lane(group, e[1]), 'list') or wrong_type(parked_lane(group, e[1] .. '!'), 'list')))
      end
      if is_indexed(group, status, id, e[1], is_stray) then held = held + 1
      elseif INDEX[status] then lost[#lost + 1] = { group, status } end
    end
  end
  local restored = 0
  is_blocked = is_blocked or (groups == 0 and e[1] and wrong_type(key('unrouted', e[1]), 'list'))
  if groups == 0 and e[1] and not listed(key('unrouted', e[1]), id, is_stray) then
    append(outbox.unrouted, e[1], id)
    repaired = repaired + 1
  end
  for _, one in ipairs(lost) do
    -- What has ended in a group may be forgotten there while another group still holds the hash.
    if (is_live[one[2]] and is_wanted(e[1], one[1])) or (not is_live[one[2]] and (held == 0 or is_stray)) then
      restore(one[1], one[2], id, e[2])
      restored = restored + 1
    end
  end
  if held == 0 and restored > 1 then
    redis.call('HSET', event, 'refs', restored)
    share()
  end
  return is_blocked
end

local function repair_trigger(id)
  if wrong_type(key('trigger', id), 'hash') then return end
  local t = redis.call('HMGET', key('trigger', id), 'status', 'due', 'until', 'tags')
  local live = t[1] == 'active' or t[1] == 'paused'
  if not t[1] then return end
  repaired = repaired + tag_trigger(id, t[4])
  local score = redis.pcall('ZSCORE', live and KEYS[2] or KEYS[3], id)
  -- Where it belongs still holds something else.
  if score then return type(score) == 'table' end
  if live then
    -- One whose time cannot be read is not due before somebody has corrected it: it is told, and there to be found.
    local due = whole(t[2]) or (not t[2] and whole(t[3]) and t[3] + 1)
    if t[1] == 'active' and (is_bad(t[2]) or (not t[2] and is_bad(t[3]))) then
      redis.call('HSET', key('trigger', id), 'error', t[2] and bad_field('due', t[2]) or bad_field('until', t[3]))
    end
    redis.call('ZADD', KEYS[2], t[1] == 'active' and due and int(due) or NEVER, id)
    wake_for_triggers(ARGV[2])
  else
    redis.call('ZADD', KEYS[3], now, id)
  end
  repaired = repaired + 1
end

-- A few of the triggers of a tag, others each time: those whose hash is gone are taken out.
local function repair_tagged(tag)
  local index = key('tagged', tag)
  if wrong_type(index, 'zset') then return end
  local count = redis.call('ZCARD', index)
  local from = math.max(0, math.min(now % count, count - 10))
  for _, id in ipairs(redis.call('ZRANGE', index, from, from + 9)) do
    if redis.call('EXISTS', key('trigger', id)) == 0 then repaired = repaired + redis.call('ZREM', index, id) end
  end
end

-- That triggers watch a type is lost with what else its key told; their index has it.
local function repair_watched(name)
  if redis.pcall('ZCARD', key('on', name)) ~= 0 and redis.pcall('SISMEMBER', key('routes', name), '$triggers') == 0 and not wrong_type(key('on', name), 'zset') then
    repaired = repaired + redis.call('SADD', key('routes', name), '$triggers')
  end
end

-- Whether a list holds anything, which an empty one does not, and nor does what is none.
local function is_filled(list) return (whole(redis.pcall('LLEN', list)) or 0) > 0 end

-- Which types have events that no group took is lost with its key; their lists are there. Answers whether that key still holds something else.
local function repair_unrouted(name)
  if not redis.pcall('ZSCORE', root .. ':unrouted', name) and is_filled(key('unrouted', name)) then
    repaired = repaired + redis.call('ZADD', root .. ':unrouted', now, name)
  end
  return wrong_type(root .. ':unrouted', 'zset')
end

-- Which lanes of parked deliveries there are. Answers the same.
local function repair_lane(name)
  local group, lane = string.match(name, '^([^:]+):(.+)$')
  if not group then return end
  if not redis.pcall('ZSCORE', parked_index(group), lane) and is_filled(parked_lane(group, lane)) then
    repaired = repaired + redis.call('ZADD', parked_index(group), HANDLED, lane)
  end
  return wrong_type(parked_index(group), 'zset')
end

local repair = { event = repair_event, trigger = repair_trigger, tagged = repair_tagged, on = repair_watched, unrouted = repair_unrouted, parked = repair_lane }

-- What is still to be looked at goes behind the others.
local strays, looked, foreign = root .. ':strays', 0, root .. ':foreign'
for _, stray in ipairs(reach('ZRANGE', strays, 0, 99) or {}) do
  local kind, id = string.match(stray, '^(%l+):(.+)$')
  local again = repair[kind] and repair[kind](id, true)
  if again then redis.call('ZADD', strays, now, stray) else redis.call('ZREM', strays, stray) end
  looked = looked + 1
end

-- A cursor that another server gave finds some keys twice or not at all in this round. What is none begins anew.
local function cursor_of(word) return (word == '-' or (word and #word < 20 and string.match(word, '^%d+$'))) and word or '0' end

local place = redis.pcall('GET', KEYS[4])
local keys_at, triggers_at, due = string.match(type(place) == 'string' and place or '', '^(%S+) (%S+) (%S+)$')
due = whole(due) or 0
local rest = tonumber(ARGV[8])
local wait, count, is_over = due - now, -1, 0
-- What is due later than any page is was written before the clock went back.
if ARGV[4] ~= '0' and (wait <= 0 or wait > rest) then
  keys_at, triggers_at, count = ARGV[5] == '' and '-' or cursor_of(keys_at), cursor_of(triggers_at), 0
  if keys_at ~= '-' then
    local page = redis.call('SCAN', keys_at, 'MATCH', root .. ':*', 'COUNT', ARGV[4])
    for _, name in ipairs(page[2]) do
      local kind, id = string.match(string.sub(name, #root + 2), '^(%l+):(.+)$')
      if repair[kind] then repair[kind](id) end
    end
    keys_at, count = page[1] == '0' and '-' or page[1], #page[2]
  end
  if triggers_at ~= '-' then
    local triggers = reach('ZSCAN', KEYS[2], triggers_at, 'COUNT', ARGV[4]) or { '0', {} }
    for i = 1, #triggers[2], 2 do
      local id = triggers[2][i]
      if redis.call('EXISTS', key('trigger', string.match(id, '^[^#]+'))) == 0 then repaired = repaired + redis.call('ZREM', KEYS[2], id) end
    end
    triggers_at = triggers[1] == '0' and '-' or triggers[1]
  end
  if keys_at == '-' and triggers_at == '-' then
    keys_at, triggers_at, wait, is_over = '0', '0', rest, 1
  else
    local took = micros() - began
    if took <= 0 then took = tonumber(ARGV[9]) end
    wait = math.min(rest, math.max(tonumber(ARGV[7]), math.floor(took * ARGV[6] / 1000)))
  end
  reach('SET', KEYS[4], keys_at .. ' ' .. triggers_at .. ' ' .. int(now + wait))
end
send(ARGV[2])

-- Keys by the first word of their names; those that are not here are hashes.
local TYPES = {
  ready = 'list', suspects = 'list', unrouted = 'list', tagged = 'zset', history = 'list', routes = 'set', keeper = 'string', repair = 'string', live = 'string', distinct = 'string', delayed = 'zset', leased = 'zset',
  done = 'zset', dead = 'zset', ended = 'zset', waiting = 'zset', triggers = 'zset', on = 'zset', by = 'zset', off = 'zset', entries = 'zset', answers = 'zset',
  throttled = 'zset', foreign = 'zset', strays = 'zset', parked = 'zset', handlers = 'zset',
}
local reply = { wait, count, is_over, repaired, looked }
for _, name in ipairs(reach('ZRANGE', foreign, 0, 99) or {}) do
  local kind, rest = string.match(string.sub(name, #root + 2), '^(%l+)(.*)$')
  local wanted = TYPES[kind or ''] or 'hash'
  if kind == 'unrouted' and rest == '' then wanted = 'zset' elseif kind == 'tagged' and rest == '' then wanted = 'string'
  elseif kind == 'parked' and string.find(rest, ':', 2, true) then wanted = 'list' end
  local wrong = wrong_type(name, wanted)
  if wrong then
    reply[#reply + 1], reply[#reply + 2] = name, string.sub(wrong, #name + 2)
  else
    redis.call('ZREM', foreign, name)
  end
end
return reply
