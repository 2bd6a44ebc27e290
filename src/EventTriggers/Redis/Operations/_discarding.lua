-- Gives up dead letters.

-- Ends the delivery of an event that is no longer among the dead letters of its group. It is remembered as a processed one is.
local function discard(event, id, group, now)
  redis.call('HSET', event, 'status:' .. group, 'discarded')
  redis.call('DEL', attempts_of(group, id))
  file(key('ended', group), { now, id })
end
