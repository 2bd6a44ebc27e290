--[[
  Subscribes groups to types, notes that a consumer handles them, and gives the groups the unrouted events of those types. Repeat it until
  none are left. The number of groups of a type is limited, because one script writes many events, and each of them for each group.

  Takes KEYS 1 + 3n, ARGV 6 + 3n

  KEYS[1]   root
  KEYS[2…]  three for each subscription: routes, unrouted, handlers; those of one type follow one another
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   limit     about how many deliveries are made at most
  ARGV[4]   most      groups that a type may have
  ARGV[5]   consumer  that handles the types, and from now on may claim parked deliveries of them
  ARGV[6]   alive     ms for which it counts as alive without another call
  ARGV[7…]  three for each subscription: group, type, and how the group orders by key, see store_mode()

  Returns   how many deliveries were made of unrouted events, and how many subscriptions are new; then three for each that is not possible,
            because its type takes no further group: group, type, and how many groups the type has
]]
local now, limit, taken, added, refused = now_ms(ARGV[1]), tonumber(ARGV[3]), 0, 0, {}
local subscriptions = {}
for n = 1, (#KEYS - 1) / 3 do
  local k, a = 3 * n - 1, 3 * n + 4
  subscriptions[n] = {
    group = ARGV[a], type = ARGV[a + 1], mode = ARGV[a + 2], routes = KEYS[k], unrouted = KEYS[k + 1], handlers = KEYS[k + 2],
  }
end

local function groups_of(routes)
  local count = 0
  for _, one in ipairs(redis.call('SMEMBERS', routes)) do
    if one ~= '$triggers' then count = count + 1 end
  end
  return count
end

local is_mixed, woken = {}, {}
for _, s in ipairs(subscriptions) do
  if is_mixed[s.group] == nil then
    is_mixed[s.group] = redis.call('EXISTS', parked_index(s.group)) == 1
    if store_mode(s.group, s.mode, now, tonumber(ARGV[6])) then woken[#woken + 1] = s.group end
  end
  -- A removal comes first, so that full memory refuses nothing: a consumer must not count as gone because of that.
  if reach('ZREMRANGEBYSCORE', s.handlers, '-inf', int(now - FORGOTTEN)) then
    redis.call('ZADD', s.handlers, int(now + ARGV[6]), ARGV[5])
    redis.call('PEXPIRE', s.handlers, int(ARGV[6] + FORGOTTEN))
    if is_mixed[s.group] then reach('ZADD', parked_index(s.group), 'XX', HANDLED, s.type, HANDLED, s.type .. '!') end
  end
end

-- The groups of the call that are subscribed to each type, and the keys of the types in their order.
local groups, types = {}, {}
for _, s in ipairs(subscriptions) do
  if not groups[s.unrouted] then groups[s.unrouted], types[#types + 1] = {}, s end
  -- Asked first, because full memory refuses SADD even if it would add nothing. If the key holds something else, the group is subscribed
  -- once that is gone.
  local is_member = reach('SISMEMBER', s.routes, s.group)
  local count = is_member == 0 and groups_of(s.routes) or 0
  if count < tonumber(ARGV[4]) then
    if is_member == 0 then added = added + redis.call('SADD', s.routes, s.group) end
    append(groups, s.unrouted, s.group)
    note_subscription(s.group, s.type)
  else
    for _, value in ipairs({ s.group, s.type, count }) do refused[#refused + 1] = value end
  end
end

-- Gives an unrouted event to groups.
local function give(id, takers)
  local event = event_key(id)
  local e = fields_of(event, 'status', 'due', 'type', 'status:$triggers', 'priority', 'key')
  if e[1] == 'canceled' or not e[3] then
    -- No group has it. If triggers do, it goes with their delivery.
    if not e[4] and not e.is_foreign then redis.call('DEL', event) end
    return
  end
  local holders = #takers + (e[4] and not e[1] and 1 or 0)
  if holders > 1 then
    redis.call('HSET', event, 'refs', holders)
    share()
  end
  for _, group in ipairs(takers) do
    if is_bad(e[2]) then
      redis.call('HSET', event, 'status:' .. group, 'dead', 'error:' .. group, bad_field('due', e[2]))
      file(key('dead', group), { int(now), id })
    elseif e[2] then
      redis.call('HSET', event, 'status:' .. group, 'delayed')
      append(outbox.delayed, group, e[2], id)
    else
      redis.call('HSET', event, 'status:' .. group, 'ready')
      add_ready(id, group, e[5], e[6])
    end
  end
end

for _, s in ipairs(types) do
  local takers = groups[s.unrouted]
  local ids = #takers > 0 and taken < limit and pop(s.unrouted, math.ceil((limit - taken) / #takers)) or {}
  taken = taken + #ids * #takers
  if #ids > 0 and redis.call('LLEN', s.unrouted) == 0 then reach('ZREM', root .. ':unrouted', s.type) end
  for _, id in ipairs(ids) do give(id, takers) end
end
write_order(ARGV[2])
send(ARGV[2])
for _, group in ipairs(woken) do wake(ARGV[2], group) end
return { taken, added, unpack(refused) }
