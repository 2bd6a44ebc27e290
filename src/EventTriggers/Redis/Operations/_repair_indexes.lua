-- Restores entries that are missing in indexes of other indexes. Needs _parked, _settings, _outbox, _unique and _repair_events.

-- If the routes of a type are lost, they no longer say that triggers subscribe to it; the index of subscriptions does.
local function repair_subscriptions(name)
  if redis.pcall('ZCARD', key('subs', name)) ~= 0 and redis.pcall('SISMEMBER', key('routes', name), '$triggers') == 0
    and not wrong_type(key('subs', name), 'zset') then
    count_repairs(redis.call('SADD', key('routes', name), '$triggers'))
  end
end

-- Whether a list holds anything.
local function is_filled(list) return (whole(redis.pcall('LLEN', list)) or 0) > 0 end

-- If the index of unrouted types is lost, their lists still exist. Answers whether its key still holds something else.
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

-- The same for a backlog, given as 'group:key'. If its group orders no longer, claims are to let it go.
local function repair_backlog(name)
  local group, ordered_by = string.match(name, '^([^:]+):(.+)$')
  if not group then return end
  local backlogs = key('backlogs', group)
  if not redis.pcall('ZSCORE', backlogs, ordered_by) and is_filled(key('backlog', name)) then
    count_repairs(redis.call('ZADD', backlogs, repairs.now, ordered_by))
    if reach('HSETNX', settings_of(group), 'places', '0') == 1 then
      reach('SADD', SETTINGS, group)
      outbox.ready[group] = outbox.ready[group] or {}
    end
  end
  return wrong_type(backlogs, 'zset')
end

-- If a name leads to an event that holds it no longer, because something else ended it, the one that waits for it goes on.
local function repair_name(name)
  if wrong_type(key('unique', name), 'string') then return end
  if naming().move_on(name, repairs.now) then count_repairs(1) end
end
