-- For how many ms the delivery that is claimed next from a list has been ready; 0 for none. When a retried one became ready is not known:
-- it counts from its publish.
local function age_in(list, now)
  local id = reach('LINDEX', list, -1)
  if not id then return 0 end
  local at, due = unpack(fields_of(event_key(id), 'at', 'due'))
  return math.max(0, now - math.max(whole(at) or now, whole(due) or 0))
end

-- The same of those that wait for others of their key: of the key that has had a backlog for longest.
local function age_in_backlogs(group, now)
  local name = (reach('ZRANGE', key('backlogs', group), 0, 0) or {})[1]
  return name and age_in(key('backlog', group .. ':' .. name), now) or 0
end
