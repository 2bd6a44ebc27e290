-- Puts back what indexes of indexes have lost. Needs _parked and _repair_events.

-- That triggers subscribe to a type is lost with its key of routes; the index of the subscriptions has it.
local function repair_subscriptions(name)
  if redis.pcall('ZCARD', key('subs', name)) ~= 0 and redis.pcall('SISMEMBER', key('routes', name), '$triggers') == 0
    and not wrong_type(key('subs', name), 'zset') then
    count_repairs(redis.call('SADD', key('routes', name), '$triggers'))
  end
end

-- Whether a list holds anything.
local function is_filled(list) return (whole(redis.pcall('LLEN', list)) or 0) > 0 end

-- Which types have events that no group takes is lost with its key; their lists are there. Answers whether that key still holds something
-- else.
local function repair_unrouted(name)
  if not redis.pcall('ZSCORE', root .. ':unrouted', name) and is_filled(key('unrouted', name)) then
    count_repairs(redis.call('ZADD', root .. ':unrouted', repairs.now, name))
  end
  return wrong_type(root .. ':unrouted', 'zset')
end

-- The same for a parked list, given as 'group:list'.
local function repair_parked(name)
  local group, list = string.match(name, '^([^:]+):(.+)$')
  if not group then return end
  if not redis.pcall('ZSCORE', parked_index(group), list) and is_filled(parked_list(group, list)) then
    count_repairs(redis.call('ZADD', parked_index(group), HANDLED, list))
  end
  return wrong_type(parked_index(group), 'zset')
end
