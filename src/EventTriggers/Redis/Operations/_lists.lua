-- The lists of the ready deliveries of a group: those of each priority, the quarantined ones, those that are parked by type, and those that
-- wait for others of their key. Needs _parked and _walking.

-- The most parked lists, and how many backlogs are read at a time.
local MOST_PARKED, BACKLOGS = 1000, 50

-- The place of each kind in their order. The name of a list begins with its kind.
local KINDS = { ['ready-high'] = 1, ready = 2, ['ready-low'] = 3, quarantine = 4, parked = 5, waiting = 6 }

local function is_backlog(name) return string.sub(name, 1, 8) == 'waiting:' end

-- The position in the index of backlogs that the name of a list holds: since when its key has a backlog, and the key. Anything can stand
-- in a name that an earlier call answered, because it has been outside.
local function backlog_position(name)
  local since, of = string.match(name, '^waiting:([^:]+):(.*)$')
  local is_number = since and (string.find(since, '^-?inf$') or (string.find(since, '^-?[%d.]+e?[+-]?%d*$') and tonumber(since)))
  if is_number then return since, of end
  return '-inf', ''
end

-- Looks at the backlogs from the one that has waited for longest. A key that gets a backlog meanwhile comes last.
local function each_backlog(group, start, look)
  local index = key('backlogs', group)
  if wrong_type(index, 'zset') then
    note_foreign(index)
    return false
  end
  local since, name = backlog_position(start)
  -- The list at which an earlier call stopped may go on.
  if name ~= '' and redis.call('ZSCORE', index, name) == since
    and look('waiting:' .. since .. ':' .. name, key('backlog', group .. ':' .. name)) then
    return true
  end
  -- Whoever looks at lists may end backlogs, so each page of the index begins behind a position.
  while true do
    local rank = passed(index, since, name, false)
    local found = redis.call('ZRANGE', index, int(rank), int(rank + BACKLOGS - 1), 'WITHSCORES')
    for i = 1, #found, 2 do
      name, since = found[i], found[i + 1]
      if look('waiting:' .. since .. ':' .. name, key('backlog', group .. ':' .. name)) then return true end
    end
    if #found < 2 * BACKLOGS then return false end
  end
end

-- Looks at the lists that have deliveries of any key.
local function each_shared_list(group, start, look)
  local first = KINDS[string.match(start, '^[%a-]*')] or 1
  for n, kind in ipairs({ 'ready-high', 'ready', 'ready-low', 'quarantine' }) do
    if first <= n and look(kind, key(kind, group)) then return true end
  end
  local types = first <= KINDS.parked and reach('ZRANGE', parked_index(group), 0, MOST_PARKED - 1) or {}
  table.sort(types)
  for _, name in ipairs(types) do
    local list = 'parked:' .. name
    if not (first == KINDS.parked and list < start) and look(list, parked_list(group, name)) then return true end
  end
  return false
end

-- Looks at the lists in their order, from the one at which an earlier call stopped, or from the first one where start is ''. look: called
-- with the name of each and its key, answers whether to stop there. Answers whether it stopped.
local function each_list(group, start, look) return each_shared_list(group, start, look) or each_backlog(group, start, look) end

-- The same for the deliveries of one key: its backlog comes first, and those of others are left out.
local function each_list_of_key(group, name, start, look)
  local kind = KINDS[string.match(start, '^[%a-]*')]
  if kind and kind ~= KINDS.waiting then return each_shared_list(group, start, look) end
  return look('waiting:' .. name, key('backlog', group .. ':' .. name)) or each_shared_list(group, '', look)
end
