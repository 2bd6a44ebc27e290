--[[
  Subscribes a group to types, and gives it events of those types that nobody wanted yet. Repeat it until none are left.

  KEYS[1]   root
  KEYS[2]   ready    of the group
  KEYS[3]   delayed  of the group
  KEYS[4…]  two for each type: routes, unrouted
  ARGV[1]   channel  where to ring
  ARGV[2]   group
  ARGV[3]   limit    the most events to take over
  ARGV[4…]  the types

  Returns   how many events were taken over, and to how many of the types the group was not subscribed
]]
local group, limit, taken, added = ARGV[2], tonumber(ARGV[3]), 0, 0
for k = 4, #KEYS, 2 do
  -- Asked first: full memory refuses SADD also where it would add nothing.
  if redis.call('SISMEMBER', KEYS[k], group) == 0 then added = added + redis.call('SADD', KEYS[k], group) end
end

for k = 5, #KEYS, 2 do
  local ids = taken < limit and pop(KEYS[k], limit - taken) or {}
  taken = taken + #ids
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
      redis.call('ZADD', key('dead', group), now_ms(''), id)
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
return { taken, added }
