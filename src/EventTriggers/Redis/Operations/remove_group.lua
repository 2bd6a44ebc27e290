--[[
  Removes a group that is gone for good, a bounded step at a time: first its subscriptions, so that it gets no further event, then its
  deliveries, then everything else that bears its name. Repeat it until it is done. Or unsubscribes it from one type, and leaves its
  deliveries. Works when memory is full.

  Takes KEYS 11, ARGV 8

  KEYS[1]    root
  KEYS[2]    lanes
  KEYS[3…11] ready, quarantine, delayed, leased, done, dead, ended, waiting, parked  of the group
  ARGV[1]    now       unix ms, or '' for the server's clock
  ARGV[2]    channel   on which consumers of other groups are woken: an event may wait for one that ends
  ARGV[3]    lane
  ARGV[4]    sequence
  ARGV[5]    group
  ARGV[6]    force     '1' to remove it although consumers handle its types
  ARGV[7]    most      types, or deliveries, to remove in this step
  ARGV[8]    type      of which alone to unsubscribe it, or ''

  Returns    'done:COUNT' when nothing is left, 'more:COUNT' when something is, with the number of deliveries that were removed in this
             step; 'busy:COUNT' when so many consumers of it are alive: nothing was removed; 'not-found'
]]
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end
local now, group, most = now_ms(ARGV[1]), ARGV[5], tonumber(ARGV[7])

local only = ARGV[8] ~= '' and ARGV[8]
local types = only and { only } or reach('SMEMBERS', types_of(group)) or {}

-- How many consumers have registered as handlers of a type and count as alive.
local function count_consumers()
  local alive, count = {}, 0
  for _, name in ipairs(types) do
    for _, consumer in ipairs(reach('ZRANGE', handlers_of(group, name), int(now), '+inf', 'BYSCORE', 'LIMIT', 0, 100) or {}) do
      if not alive[consumer] then alive[consumer], count = true, count + 1 end
    end
  end
  return count
end

local function unsubscribe()
  for i = 1, math.min(#types, most) do
    reach('SREM', key('routes', types[i]), group)
    redis.call('DEL', handlers_of(group, types[i]))
    reach('SREM', types_of(group), types[i])
  end
  return #types > most
end

-- The fields of an event's hash that belong to the group.
local fields = {}
for i, name in ipairs({ 'status', 'attempt', 'fence', 'crashes', 'handled', 'error', 'trace', 'cancel' }) do
  fields[i] = name .. ':' .. group
end

-- Forgets deliveries, and those events that no other group has.
local function forget(ids)
  local events = {}
  for _, id in ipairs(ids) do
    local event = event_key(id_of_lease(id))
    local e = fields_of(event, 'status:' .. group, 'refs', 'unique')
    if e[1] and (whole(e[2]) or 1) > 1 then
      redis.call('HINCRBY', event, 'refs', -1)
      redis.call('HDEL', event, unpack(fields))
      -- Triggers may be all that has it now: then it does not wait for its first group.
      redis.call('HSET', event, 'routed', '1')
    elseif e[1] then events[#events + 1] = event
    end
    if e[3] then naming().note_end(e[3]) end
  end
  if #events > 0 then redis.call('DEL', unpack(events)) end
  for _, id in ipairs(ids) do redis.call('DEL', attempts_of(group, id_of_lease(id))) end
end

local function take_lowest(index, count)
  local ids = reach('ZRANGE', index, 0, int(count - 1)) or {}
  if #ids > 0 then redis.call('ZREM', index, unpack(ids)) end
  return ids
end

-- Removes deliveries, and answers how many.
local function remove_deliveries()
  local removed = 0
  local function remove(ids)
    forget(ids)
    removed = removed + #ids
  end
  for _, list in ipairs({ KEYS[3], key('ready-high', group), key('ready-low', group), KEYS[4] }) do
    if removed < most then remove(pop(list, most - removed)) end
  end
  for k = 5, 9 do
    if removed < most then remove(take_lowest(KEYS[k], most - removed)) end
  end
  for _, name in ipairs(reach('ZRANGE', KEYS[11], 0, int(most - 1)) or {}) do
    if removed < most then remove(pop(parked_list(group, name), most - removed)) end
    if redis.call('EXISTS', parked_list(group, name)) == 0 then redis.call('ZREM', KEYS[11], name) end
  end
  local backlogs = key('backlogs', group)
  for _, name in ipairs(reach('ZRANGE', backlogs, 0, int(most - 1)) or {}) do
    local backlog = key('backlog', group .. ':' .. name)
    if removed < most then remove(pop(backlog, most - removed)) end
    if redis.call('EXISTS', backlog) == 0 then redis.call('ZREM', backlogs, name) end
  end
  return removed
end

-- Forgets what processes of the group have told of its limits, and what was set for its own.
local function forget_limits()
  local limits = root .. ':limits'
  for _, field in ipairs(reach('HKEYS', limits) or {}) do
    local name, of = string.match(field, '^(%S+) ?(%S*)$')
    if of == group or name == '$group:' .. group then redis.call('HDEL', limits, field) end
  end
  redis.call('DEL', key('limit', '$group:' .. group))
end

local function exists()
  if only then return reach('SISMEMBER', key('routes', only), group) == 1 end
  local keys = { settings_of(group), types_of(group), key('active', group), key('backlogs', group), key('ready-high', group),
    key('ready-low', group) }
  for k = 3, 11 do keys[#keys + 1] = KEYS[k] end
  return reach('SISMEMBER', GROUPS, group) == 1 or redis.call('EXISTS', unpack(keys)) > 0
end

local function step()
  if not exists() then return 'not-found' end
  local consumers = ARGV[6] ~= '1' and count_consumers() or 0
  if consumers > 0 then return 'busy:' .. consumers end
  if unsubscribe() then return 'more:0' end
  if only then return 'done:0' end
  local removed = remove_deliveries()
  if removed >= most then return 'more:' .. removed end
  redis.call('DEL', KEYS[10], settings_of(group), types_of(group), unpack(rate_keys(group, now)))
  for _, kind in ipairs({ 'active', 'backlogs', 'backlogged', 'held', 'limited', 'shares' }) do redis.call('DEL', key(kind, group)) end
  reach('HDEL', root .. ':concurrency', group)
  forget_limits()
  reach('SREM', GROUPS, group)
  reach('SREM', SETTINGS, group)
  return 'done:' .. removed
end

redis.call('HDEL', KEYS[2], ARGV[3])
local outcome = record(KEYS[2], ARGV[3], ARGV[4], step(), now)
if taken_names then taken_names.go_on(ARGV[2], now) end
return outcome
