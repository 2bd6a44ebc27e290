-- Refuses events for which a group has no room. Needs _outbox.

-- 'full GROUP COUNT LIMIT' of the first group of a route that has as many ready deliveries as it may have; the same with ' KEY' of the
-- first one in which as many deliveries of a key wait as may wait; or nil. most: ready deliveries of a group, or nil for any number. name:
-- a key, or ''.
local function full_group(route, most, name)
  if most and not route.has_room then
    for _, group in ipairs(route.groups) do
      local count = group ~= '$triggers' and whole(reach('GET', key('backlogged', group))) or 0
      for _, kind in ipairs(group ~= '$triggers' and { 'ready', 'ready-high', 'ready-low' } or {}) do
        count = count + (reach('LLEN', key(kind, group)) or 0)
      end
      if count >= most then return 'full ' .. group .. ' ' .. int(count) .. ' ' .. int(most) end
    end
    route.has_room = true
  end
  if name == '' then return end
  if not route.bounds then
    route.bounds = {}
    for i, group in ipairs(route.groups) do route.bounds[i] = whole(reach('HGET', key('settings', group), 'max-backlog')) or false end
  end
  for i, group in ipairs(route.groups) do
    local bound = route.bounds[i]
    local count = bound and reach('LLEN', key('backlog', group .. ':' .. name)) or 0
    if bound and count >= bound then return 'full ' .. group .. ' ' .. int(count) .. ' ' .. int(bound) .. ' ' .. name end
  end
end
