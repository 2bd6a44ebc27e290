-- Shared by the scripts that publish. Needs _outbox, _accept and _refusing.

-- 'KEY TYPE' of a key that events of a type go to and that holds something else, or nil.
local function wrong_list(name, kind, wanted)
  for _, group in ipairs(route_of(name).groups) do
    local wrong = wrong_type(key(kind, group), wanted)
    if wrong then return wrong end
  end
end

-- The same of the keys that every event of a type needs.
local function wrong_target(name)
  return wrong_type(key('routes', name), 'set') or wrong_list(name, 'ready', 'list')
    or (route_of(name).is_unwanted and wrong_type(key('unrouted', name), 'list')) or nil
end

-- The same for all events of the call; or which group has no room for one. wrong_name: asks the same of the keys of unique work; nil where
-- no event of the call is.
local function first_obstacle(wrong_name)
  local checked, i, most = {}, 8, tonumber(ARGV[6])
  while i <= #ARGV do
    local name, plain = ARGV[i], tonumber(ARGV[i + 1])
    local is_delayed = plain == 0 and ARGV[i + 3] ~= ''
    local ordered_by = plain == 0 and ARGV[i + 11] or ''
    local rank = plain == 0 and ARGV[i + 12] or ''
    local wrong = (not checked[name] and wrong_target(name)) or (is_delayed and wrong_list(name, 'delayed', 'zset'))
      or (rank ~= '' and wrong_list(name, 'ready-' .. rank, 'list'))
      or (not is_delayed and (most or ordered_by ~= '') and full_group(route_of(name), most, ordered_by))
      or (plain == 0 and ARGV[i + 13] ~= '' and wrong_name(ARGV[i + 13]))
    if wrong then return wrong end
    checked[name] = true
    i = i + 2 + values_of_run(plain)
  end
end

-- The types of the call that no group and no trigger takes.
local function untaken_types()
  local names = {}
  for name, route in pairs(outbox.routes) do
    if #route.groups == 0 then names[#names + 1] = name end
  end
  return names
end
