--[[
  Looks at some of the partition's keys for what no index holds, which only a hand, an eviction, or a script that the server broke off can
  leave behind, and puts it back where its status says it belongs.

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   lease     ms for a lease that no index holds
  ARGV[4]   count     about how many keys to look at
  ARGV[5]   cursor    where in the keys to go on, or '' for a server that cannot look through its keys in a script
  ARGV[6]   cursor    where in the triggers to go on

  Returns   the two cursors to go on with, and how much was mended
]]
local now, mended, lists = now_ms(ARGV[1]), 0, {}
outbox.now = now

-- Whether a list holds an id. A long list is not searched: what it may hold is left alone until it is short.
local function listed(list, id)
  local ids = lists[list]
  if ids == nil then
    ids = false
    local length = redis.pcall('LLEN', list)
    if whole(length) and length <= 1000 then
      ids = {}
      for _, one in ipairs(redis.call('LRANGE', list, 0, -1)) do ids[one] = true end
    end
    lists[list] = ids
  end
  return not ids or ids[id]
end

local is_live = { ready = true, delayed = true, leased = true }

-- What a delivery is called in the index of its status.
local function entry_of(group, status, id)
  return status == 'leased' and lease_of(id, redis.call('HGET', event_key(id), 'fence:' .. group)) or id
end

local function is_indexed(group, status, id)
  local may_wait = status == 'ready' or status == 'canceled'
  if may_wait and (listed(key('ready', group), id) or listed(key('suspects', group), id)) then return true end
  -- What is no sorted set is left alone.
  return INDEX[status] and status ~= 'ready' and redis.pcall('ZSCORE', key(INDEX[status], group), entry_of(group, status, id))
end

local function restore(group, status, id, due)
  if status == 'ready' and (whole(redis.call('HGET', event_key(id), 'crashes:' .. group)) or 0) >= SUSPECT then
    redis.call('LPUSH', key('suspects', group), id)
  elseif status == 'ready' then append(outbox.ready, group, id)
  elseif status == 'delayed' then append(outbox.delayed, group, math.max(whole(due) or now, now), id)
  else redis.call('ZADD', key(INDEX[status], group), status == 'leased' and now + ARGV[3] or now, entry_of(group, status, id)) end
  mended = mended + 1
end

-- A group that is gone for good was taken out of the routes: what it had is left alone.
local function is_wanted(name, group)
  return group == '$triggers' or (name and redis.pcall('SISMEMBER', key('routes', name), group) == 1)
end

local function mend_event(id)
  local event = event_key(id)
  if wrong_type(event, 'hash') then return end
  local lost, held, groups = {}, 0, 0
  for _, field in ipairs(redis.call('HKEYS', event)) do
    local group = string.match(field, '^status:(.+)$')
    if group then
      if group ~= '$triggers' then groups = groups + 1 end
      local status = status_of(redis.call('HGET', event, field))
      if is_indexed(group, status, id) then held = held + 1
      elseif INDEX[status] then lost[#lost + 1] = { group, status } end
    end
  end
  local e, restored = redis.call('HMGET', event, 'type', 'due'), 0
  if groups == 0 and e[1] and not listed(key('unrouted', e[1]), id) then
    append(outbox.unrouted, e[1], id)
    mended = mended + 1
  end
  for _, one in ipairs(lost) do
    -- What has ended in a group may be forgotten there while another group still holds the hash.
    if (is_live[one[2]] and is_wanted(e[1], one[1])) or (not is_live[one[2]] and held == 0) then
      restore(one[1], one[2], id, e[2])
      restored = restored + 1
    end
  end
  if held == 0 and restored > 1 then
    redis.call('HSET', event, 'refs', restored)
    share()
  end
end

local function mend_trigger(id)
  if wrong_type(key('trigger', id), 'hash') then return end
  local t = redis.call('HMGET', key('trigger', id), 'status', 'due', 'until', 'tags')
  local live = t[1] == 'active' or t[1] == 'paused'
  if not t[1] then return end
  mended = mended + tag_trigger(id, t[4])
  if redis.call('ZSCORE', live and KEYS[2] or KEYS[3], id) then return end
  if live then
    -- One whose time cannot be read is not due before somebody has mended it: it is told, and there to be found.
    local due = whole(t[2]) or (not t[2] and whole(t[3]) and t[3] + 1)
    if t[1] == 'active' and (is_bad(t[2]) or (not t[2] and is_bad(t[3]))) then
      redis.call('HSET', key('trigger', id), 'error', t[2] and bad_field('due', t[2]) or bad_field('until', t[3]))
    end
    redis.call('ZADD', KEYS[2], t[1] == 'active' and due and int(due) or NEVER, id)
    wake_for_triggers(ARGV[2])
  else
    redis.call('ZADD', KEYS[3], now, id)
  end
  mended = mended + 1
end

-- A few of the triggers of a tag, others each time: those whose hash is gone are taken out.
local function mend_tagged(tag)
  local index = key('tagged', tag)
  if wrong_type(index, 'zset') then return end
  local count = redis.call('ZCARD', index)
  local from = math.max(0, math.min(now % count, count - 10))
  for _, id in ipairs(redis.call('ZRANGE', index, from, from + 9)) do
    if redis.call('EXISTS', key('trigger', id)) == 0 then mended = mended + redis.call('ZREM', index, id) end
  end
end

local mend = { event = mend_event, trigger = mend_trigger, tagged = mend_tagged }
local page = ARGV[5] ~= '' and redis.call('SCAN', ARGV[5], 'MATCH', root .. ':*', 'COUNT', ARGV[4]) or { '0', {} }
for _, name in ipairs(page[2]) do
  local kind, id = string.match(string.sub(name, #root + 2), '^(%l+):(.+)$')
  if mend[kind] then mend[kind](id) end
end

local triggers = redis.call('ZSCAN', KEYS[2], ARGV[6], 'COUNT', ARGV[4])
for i = 1, #triggers[2], 2 do
  local id = triggers[2][i]
  if redis.call('EXISTS', key('trigger', string.match(id, '^[^#]+'))) == 0 then mended = mended + redis.call('ZREM', KEYS[2], id) end
end
send(ARGV[2])
return { page[1], triggers[1], mended }
