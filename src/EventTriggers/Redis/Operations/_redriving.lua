-- Puts dead letters back. Needs _outbox, _places and _unique.

-- Forgets which handlers were out of attempts: their names begin with '!'.
local function forget_given_up(event, field, handled)
  local succeeded = {}
  if not handled or not string.find(handled, '!', 1, true) then return end
  for name in string.gmatch(handled, '[^|]+') do
    if string.sub(name, 1, 1) ~= '!' then succeeded[#succeeded + 1] = name end
  end
  if #succeeded == 0 then redis.call('HDEL', event, field)
  else redis.call('HSET', event, field, table.concat(succeeded, '|')) end
end

-- Makes the delivery of an event ready that is no longer among the dead letters of its group: send() adds it to its list.
local function redrive(event, id, group, now)
  redis.call('HDEL', event, 'crashes:' .. group, 'error:' .. group, 'cancel:' .. group, 'later:' .. group)
  local handled, rank, ordered_by, unique = unpack(
    redis.call('HMGET', event, 'handled:' .. group, 'priority', 'key', 'unique'))
  forget_given_up(event, 'handled:' .. group, handled)
  -- An expired event that is redriven is to be handled.
  redis.call('HDEL', event, 'expires')
  redis.call('HSET', event, 'status:' .. group, 'ready', 'attempt:' .. group, '0')
  add_ready(id, group, rank, ordered_by)
  -- One that its key waits behind keeps its place, and runs first.
  ordering().end_hold(group, event, id)
  if unique then naming().retake(id, unique, now) end
end
