--[[
  Makes due deliveries ready and leases ready ones to the caller, for several groups at once.

  KEYS[1]   root
  KEYS[2]   triggers  zset: trigger id -> ms when it is due
  KEYS[3…]  six for each group: ready, delayed, leased, dead, ended, suspects
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   lease     ms
  ARGV[3]   budget    bytes of payloads, headers and sources after which no further delivery of a group is leased
  ARGV[4…5] most      bytes of a payload, and of headers: what a host with other limits accepted becomes a dead letter unread
  ARGV[6…]  three for each group: name, the most deliveries to lease, and whether one of them may be a suspect: 0 or 1

  Returns   flat: now, next delayed, next lease expiry, next trigger (ms; -1 for none); for each group what is left ready, how many
            suspects are left, how many became dead letters unread, and whether its first delivery is a suspect: 0 or 1; then 14 for each delivery: group (from 0), id, fence, attempt, crashes, skips, type, payload,
            at, headers, correlation, firing, sources, handled
]]
local now, lease = now_ms(ARGV[1]), tonumber(ARGV[2])
local reply, next_delayed, next_expiry = { now, -1, -1, next_due(KEYS[2]) }, nil, nil
local groups = (#KEYS - 2) / 6

local function earlier(a, b) return (a and b) and math.min(a, b) or a or b end

local function promote(group, ready, delayed, suspects)
  local due = redis.call('ZRANGE', delayed, '-inf', now, 'BYSCORE', 'LIMIT', 0, 100)
  if #due == 0 then return end
  redis.call('ZREM', delayed, unpack(due))
  local plain, suspected = {}, {}
  for _, id in ipairs(due) do
    redis.call('HSET', key('event', id), 'status:' .. group, 'ready')
    sort_ready(suspected, plain, redis.call('HGET', key('event', id), 'crashes:' .. group), id)
  end
  push(ready, plain)
  push(suspects, suspected)
end

local function bury(group, id, dead, why)
  redis.call('HSET', key('event', id), 'status:' .. group, 'dead', 'error:' .. group, why)
  redis.call('ZADD', dead, now, id)
  return nil, true
end

-- Ends a popped delivery that is not to be handled, or returns its lease's fields.
local function open(group, id, dead, ended)
  local event = key('event', id)
  local e = redis.call('HMGET', event, 'status:' .. group, 'expires', 'fence:' .. group, 'attempt:' .. group, 'crashes:' .. group,
    'skips:' .. group, 'type', 'data', 'at', 'headers', 'correlation', 'firing', 'sources', 'handled:' .. group)
  if not e[7] or not e[8] then return bury(group, id, dead, 'The payload is missing.') end
  if e[1] == 'ready' and group ~= '$triggers' and (#e[8] > tonumber(ARGV[4]) or #(e[10] or '') > tonumber(ARGV[5])) then
    return bury(group, id, dead, 'Too large: ' .. #e[8] .. ' bytes of payload, at most ' .. ARGV[4] .. ' are taken (MaxPayloadBytes), and '
      .. #(e[10] or '') .. ' of headers, at most ' .. ARGV[5] .. '.')
  elseif e[1] == 'canceled' then
    redis.call('ZADD', ended, now, id)
  elseif e[1] == 'ready' and e[2] and tonumber(e[2]) <= now then
    redis.call('HSET', event, 'status:' .. group, 'expired')
    redis.call('ZADD', ended, now, id)
  elseif e[1] == 'ready' then
    e[3], e[4] = (e[3] or 0) + 1, (e[4] or 0) + 1
    redis.call('HSET', event, 'status:' .. group, 'leased', 'fence:' .. group, int(e[3]), 'attempt:' .. group, int(e[4]))
    return e
  end
end

local counts, deliveries = {}, {}
for g = 1, groups do
  local k, a = 6 * g - 3, 3 * g + 3
  local ready, delayed, leased, dead, ended, suspects = KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], KEYS[k + 4], KEYS[k + 5]
  local group, limit, budget, unread, leases = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[3]), 0, {}
  promote(group, ready, delayed, suspects)

  local suspect = limit > 0 and ARGV[a + 2] == '1' and redis.call('RPOP', suspects) or nil
  local ids = limit > 0 and pop(ready, limit) or {}
  if suspect then
    table.insert(ids, 1, suspect)
    if #ids > limit then redis.call('RPUSH', ready, table.remove(ids)) end
  end
  for i, id in ipairs(ids) do
    if budget <= 0 then
      -- Back to the front in the order they had: the reply is large enough.
      for j = #ids, i, -1 do redis.call('RPUSH', ready, ids[j]) end
      break
    end
    local e, is_dead = open(group, id, dead, ended)
    if is_dead then unread = unread + 1 end
    if i == 1 and not e then suspect = nil end
    if e then
      budget = budget - #e[8] - #(e[10] or '') - #(e[13] or '')
      leases[#leases + 1] = now + lease
      leases[#leases + 1] = id
      local d = { g - 1, id, e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[10], e[11], e[12], e[13], e[14] }
      for f = 1, 14 do deliveries[#deliveries + 1] = d[f] end
    end
  end
  if #leases > 0 then redis.call('ZADD', leased, unpack(leases)) end

  next_delayed = earlier(next_delayed, head(delayed))
  next_expiry = earlier(next_expiry, head(leased))
  counts[#counts + 1] = redis.call('LLEN', ready)
  counts[#counts + 1] = redis.call('LLEN', suspects)
  counts[#counts + 1] = unread
  counts[#counts + 1] = suspect and 1 or 0
end

reply[2], reply[3] = next_delayed or -1, next_expiry or -1
for i = 1, #counts do reply[#reply + 1] = counts[i] end
for i = 1, #deliveries do reply[#reply + 1] = deliveries[i] end
return reply
