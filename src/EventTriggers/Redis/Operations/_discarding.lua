-- Gives up dead letters. Needs _places.

-- Ends the delivery of an event that is no longer among the dead letters of its group. It is remembered as a processed one is.
local function discard(event, id, group, now)
  redis.call('HSET', event, 'status:' .. group, 'discarded')
  redis.call('DEL', attempts_of(group, id))
  file(key('ended', group), { now, id })
  ordering().end_dead(group, event, id)
end
