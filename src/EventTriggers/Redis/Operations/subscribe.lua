--[[
  Subscribes a group to types, notes that a consumer handles them, and gives the group the unrouted events of those types. Repeat it until
  none are left. The number of groups of a type is limited, because one script writes many events, and each of them for each group.

  Takes KEYS 1 + 3n, ARGV 7 + n

  KEYS[1]   root
  KEYS[2…]  three for each type: routes, unrouted, handlers
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   group
  ARGV[4]   limit     the most events to take over
  ARGV[5]   most      groups that a type may have
  ARGV[6]   consumer  that handles the types, and from now on may claim parked deliveries of them
  ARGV[7]   alive     ms for which it counts as alive without another call
  ARGV[8…]  the types

  Returns   how many events were taken over, and to how many types the group was subscribed newly; then two for each type that takes no
            further group: the type, and how many groups it has
]]
local now, group, limit, taken, added, crowded = now_ms(ARGV[1]), ARGV[3], tonumber(ARGV[4]), 0, 0, {}
local function type_of(k) return ARGV[math.floor((k - 2) / 3) + 8] end

local function groups_of(routes)
  local count = 0
  for _, one in ipairs(redis.call('SMEMBERS', routes)) do
    if one ~= '$triggers' then count = count + 1 end
  end
  return count
end

local is_mixed = redis.call('EXISTS', parked_index(group)) == 1
for k = 4, #KEYS, 3 do
  -- A removal comes first, so that full memory refuses nothing: a consumer must not count as gone because of that.
  if reach('ZREMRANGEBYSCORE', KEYS[k], '-inf', int(now - FORGOTTEN)) then
    redis.call('ZADD', KEYS[k], int(now + ARGV[7]), ARGV[6])
    redis.call('PEXPIRE', KEYS[k], int(ARGV[7] + FORGOTTEN))
    if is_mixed then reach('ZADD', parked_index(group), 'XX', HANDLED, type_of(k), HANDLED, type_of(k) .. '!') end
  end
end

for k = 2, #KEYS, 3 do
  -- Asked first, because full memory refuses SADD even if it would add nothing. If the key holds something else, the group is subscribed
  -- once that is gone.
  if reach('SISMEMBER', KEYS[k], group) == 0 then
    local count = groups_of(KEYS[k])
    if count < tonumber(ARGV[5]) then added = added + redis.call('SADD', KEYS[k], group)
    else crowded[KEYS[k + 1]] = count end
  end
end

for k = 3, #KEYS, 3 do
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
      -- No group has it. If triggers do, it goes with their delivery.
      if not e[4] and not e.is_foreign then redis.call('DEL', event) end
    elseif is_bad(e[2]) then
      redis.call('HSET', event, 'status:' .. group, 'dead', 'error:' .. group, bad_field('due', e[2]))
      file(key('dead', group), { int(now), id })
    elseif e[2] then
      redis.call('HSET', event, 'status:' .. group, 'delayed')
      append(outbox.delayed, group, e[2], id)
    else
      redis.call('HSET', event, 'status:' .. group, 'ready')
      append(outbox.ready, group, id)
    end
  end
end
send(ARGV[2])
local reply = { taken, added }
for k = 3, #KEYS, 3 do
  if crowded[KEYS[k]] then
    reply[#reply + 1] = type_of(k)
    reply[#reply + 1] = crowded[KEYS[k]]
  end
end
return reply
