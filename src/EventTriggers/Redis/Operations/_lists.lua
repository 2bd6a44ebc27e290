-- The lists of the ready deliveries of a group: those of all, the quarantined ones, those that are parked by type, and those that wait for
-- others of their key. Needs _parked and _places.

-- The most parked lists, and the most backlogs.
local MOST_LISTS = 1000

-- Answers them in their order, each as its name and its key, and whether there are more.
local function lists_of(group)
  local lists, is_truncated = { { 'ready', key('ready', group) }, { 'quarantine', key('quarantine', group) } }, false
  local function add(kind, index, list_of)
    local names = reach('ZRANGE', index, 0, MOST_LISTS) or {}
    is_truncated = is_truncated or #names > MOST_LISTS
    names[MOST_LISTS + 1] = nil
    table.sort(names)
    for _, name in ipairs(names) do lists[#lists + 1] = { kind .. ':' .. name, list_of(group, name) } end
  end
  add('parked', parked_index(group), parked_list)
  add('waiting', key('backlogs', group), function(_, name) return key('backlog', group .. ':' .. name) end)
  return lists, is_truncated
end

-- Whether the nth list comes before the one at which an earlier call stopped.
local function is_passed(n, name, start)
  if start == 'quarantine' then return n == 1 end
  return string.find(start, ':', 1, true) and (n < 3 or name < start)
end
