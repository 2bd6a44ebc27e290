--[[
  Subscribes a group to types, and gives it events of those types that nobody wanted yet. Repeat it until none are left. A type that has as many
  groups as it may have takes no further one: each event is written for each of its groups, by one script for many events.

  KEYS[1]   root
  KEYS[2]   ready    of the group
  KEYS[3]   delayed  of the group
  KEYS[4…]  two for each type: routes, unrouted
  ARGV[1]   channel  where to ring
  ARGV[2]   group
  ARGV[3]   limit    the most events to take over
  ARGV[4]   most     groups that a type may have
  ARGV[5…]  the types

  Returns   how many events were taken over, and to how many of the types the group was not subscribed; then two for each type that has no room for
            it: the type, and how many groups it has
]]
local group, limit, taken, added, crowded = ARGV[2], tonumber(ARGV[3]), 0, 0, {}
local function type_of(k) return ARGV[math.floor((k - 4) / 2) + 5] end

local function groups_of(routes)
  local count = 0
  for _, one in ipairs(redis.call('SMEMBERS', routes)) do
    if one ~= '$triggers' then count = count + 1 end
  end
  return count
end

for k = 4, #KEYS, 2 do
  -- Asked first: full memory refuses SADD also where it would add nothing. Where the key holds something else, the group is subscribed once that is gone.
  if reach('SISMEMBER', KEYS[k], group) == 0 then
    local count = groups_of(KEYS[k])
    if count < tonumber(ARGV[4]) then added = added + redis.call('SADD', KEYS[k], group)
    else crowded[KEYS[k + 1]] = count end
  end
end

for k = 5, #KEYS, 2 do
  local ids = not crowded[KEYS[k]] and taken < limit and pop(KEYS[k], limit - taken) or {}
  taken = taken + #ids
  if #ids > 0 and redis.call('LLEN', KEYS[k]) == 0 then reach('ZREM', root .. ':unrouted', type_of(k)) end
  for _, id in ipairs(ids) do
    local event = event_key(id)
    local e = fields_of(event, 'status', 'due', 'type', 'status:$triggers')
    if e[3] and not e[1] and e[4] then
      redis.call('HSET', event, 'refs', 2)
      share()
    end
    if e[1] == 'canceled' or not e[3] then
      -- Nobody holds it, unless triggers do: then it goes with theirs.
      if not e[4] and not e.is_foreign then redis.call('DEL', event) end
    elseif is_bad(e[2]) then
      redis.call('HSET', event, 'status:' .. group, 'dead', 'error:' .. group, bad_field('due', e[2]))
      file(key('dead', group), { now_ms(''), id })
    elseif e[2] then
      redis.call('HSET', event, 'status:' .. group, 'delayed')
      append(outbox.delayed, group, e[2], id)
    else
      redis.call('HSET', event, 'status:' .. group, 'ready')
      append(outbox.ready, group, id)
    end
  end
end
send(ARGV[1])
local reply = { taken, added }
for k = 5, #KEYS, 2 do
  if crowded[KEYS[k]] then
    reply[#reply + 1] = type_of(k)
    reply[#reply + 1] = crowded[KEYS[k]]
  end
end
return reply
