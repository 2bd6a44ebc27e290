-- Puts events back into the indexes where their status says they belong. Needs _deliveries, _parked and _outbox.

-- The state of this call: its time, the duration of a restored lease, and how many entries were restored; the events that were looked at,
-- because restored entries are added when the script ends, and would be missed again until then; and the ids in short lists.
local repairs = { now = 0, lease = 0, count = 0, events = {}, lists = {} }

local function count_repairs(count) repairs.count = repairs.count + count end

-- The fields of an event's hash that repair needs, as a list of fields and values: type, due, key, and the status and fence of
-- each group. The
-- only others that match the pattern are short, and a compact hash is read with one command. nil if the key holds something else.
local NEEDED_FIELDS = '[dfkst][uety][enapy]*'
local function needed_fields(event)
  local page = redis.pcall('HSCAN', event, '0', 'MATCH', NEEDED_FIELDS, 'COUNT', 1000)
  if page.err then return nil end
  local fields = page[2]
  while page[1] ~= '0' do
    page = redis.call('HSCAN', event, page[1], 'MATCH', NEEDED_FIELDS, 'COUNT', 1000)
    for _, one in ipairs(page[2]) do fields[#fields + 1] = one end
  end
  return fields
end

-- The value of a field in such a list.
local function value_of(fields, field)
  for i = 1, #fields, 2 do
    if fields[i] == field then return fields[i + 1] end
  end
end

-- Whether a list holds an id. A long list is not searched, and counts as holding the id until it is short. But an id that is known not to
-- have been added is not in it; if it were, a claim would skip the second of the two.
local function is_listed(list, id, is_stray)
  local name = (is_stray and '!' or '') .. list
  local ids = repairs.lists[name]
  if ids == nil then
    ids = is_stray and not wrong_type(list, 'list') and {} or false
    local length = redis.pcall('LLEN', list)
    if whole(length) and length <= 1000 then
      ids = {}
      for _, one in ipairs(redis.call('LRANGE', list, 0, -1)) do ids[one] = true end
    end
    repairs.lists[name] = ids
  end
  return not ids or ids[id]
end

-- The lists of ready deliveries of any type and key.
local SHARED_LISTS = { 'ready', 'ready-high', 'ready-low', 'quarantine' }

-- Whether a list of ready deliveries holds a delivery. name: its type; ordered_by: its key, or nil.
local function is_waiting(group, id, name, is_stray, ordered_by)
  if ordered_by and is_listed(key('backlog', group .. ':' .. ordered_by), id, is_stray) then return true end
  for _, kind in ipairs(SHARED_LISTS) do
    if is_listed(key(kind, group), id, is_stray) then return true end
  end
  return name and (is_listed(parked_list(group, name), id, is_stray) or is_listed(parked_list(group, name .. '!'), id, is_stray))
end

-- The name of a delivery in the index of its status.
local function entry_of(group, status, id, fields) return status == 'leased' and lease_of(id, value_of(fields, 'fence:' .. group)) or id end

-- Whether the index of a delivery's status holds it. An index that is not a sorted set is left alone.
local function is_indexed(group, status, id, fields, is_stray)
  if (status == 'ready' or status == 'canceled')
    and is_waiting(group, id, value_of(fields, 'type'), is_stray, value_of(fields, 'key')) then
    return true
  end
  if not index_of(status) or status == 'ready' then return false end
  return redis.pcall('ZSCORE', key(index_of(status), group), entry_of(group, status, id, fields))
end

-- Whether a key where a delivery may belong holds something else.
local function is_index_foreign(group, status, name, ordered_by)
  if not index_of(status) then return false end
  if status ~= 'ready' then return wrong_type(key(index_of(status), group), 'zset') end
  if ordered_by and wrong_type(key('backlog', group .. ':' .. ordered_by), 'list') then return true end
  for _, kind in ipairs(SHARED_LISTS) do
    if wrong_type(key(kind, group), 'list') then return true end
  end
  return (name and (wrong_type(parked_list(group, name), 'list') or wrong_type(parked_list(group, name .. '!'), 'list')))
end

-- Puts a delivery back.
local function restore(group, status, id, fields)
  if status == 'ready' then
    local crashes, rank = unpack(redis.call('HMGET', event_key(id), 'crashes:' .. group, 'priority'))
    if (whole(crashes) or 0) >= QUARANTINED_AT then push(key('quarantine', group), { id })
    else add_ready(id, group, rank, value_of(fields, 'key')) end
  elseif status == 'delayed' then
    append(outbox.delayed, group, math.max(whole(value_of(fields, 'due')) or repairs.now, repairs.now), id)
  else
    local score = repairs.now + (status == 'leased' and repairs.lease or 0)
    reach('ZADD', key(index_of(status), group), score, entry_of(group, status, id, fields))
  end
  count_repairs(1)
end

-- Whether a group is still to get events of a type. A group that is gone for good was removed from the routes, and its deliveries are left
-- alone.
local function is_wanted(name, group)
  return group == '$triggers' or (name and redis.pcall('SISMEMBER', key('routes', name), group) == 1)
end

local IS_LIVE = { ready = true, delayed = true, leased = true }

-- Restores the deliveries of an event that no index holds. held: how many of its deliveries are in an index.
local function restore_lost(id, lost, held, fields, is_stray)
  local restored, name = 0, value_of(fields, 'type')
  for _, one in ipairs(lost) do
    local is_live = IS_LIVE[one.status]
    -- A delivery that has ended may be forgotten by its group while another group still needs the hash.
    if (is_live and is_wanted(name, one.group)) or (not is_live and (held == 0 or is_stray)) then
      restore(one.group, one.status, id, fields)
      restored = restored + 1
    end
  end
  if held == 0 and restored > 1 then
    redis.call('HSET', event_key(id), 'refs', restored)
    share()
  end
end

-- Restores an event that no group takes. Answers whether the key of its list holds something else.
local function restore_unrouted(id, name, is_stray)
  local list = key('unrouted', name)
  local is_foreign = wrong_type(list, 'list')
  if not is_listed(list, id, is_stray) then
    append(outbox.unrouted, name, id)
    count_repairs(1)
  end
  return is_foreign
end

-- Answers whether the event is to be looked at again: the key of an index where it belongs still holds something else.
local function repair_event(id, is_stray)
  if repairs.events[id] then return end
  repairs.events[id] = true
  local fields = needed_fields(event_key(id))
  if not fields then return end
  local name, held, groups, lost, is_blocked = value_of(fields, 'type'), 0, 0, nil, false
  for i = 1, #fields, 2 do
    local group = string.match(fields[i], '^status:(.+)$')
    if group then
      local status = status_of(fields[i + 1])
      if group ~= '$triggers' then groups = groups + 1 end
      if is_stray then is_blocked = is_blocked or is_index_foreign(group, status, name, value_of(fields, 'key')) end
      if is_indexed(group, status, id, fields, is_stray) then held = held + 1
      elseif index_of(status) then
        lost = lost or {}
        lost[#lost + 1] = { group = group, status = status }
      end
    end
  end
  -- An event of which a removed group was the last does not wait for another one.
  if groups == 0 and name and not redis.call('HGET', event_key(id), 'routed') then
    is_blocked = restore_unrouted(id, name, is_stray) or is_blocked
  end
  if lost then restore_lost(id, lost, held, fields, is_stray) end
  return is_blocked
end
