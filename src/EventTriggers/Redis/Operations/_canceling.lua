-- Cancels deliveries. Needs _places and _unique.

-- Cancels the delivery of a group. Answers 'canceled', 'signaled' for one that a consumer holds and that is to be told, or 'too-late'.
local function cancel_delivery(event, id, group, now)
  local word, name, unique = unpack(redis.call('HMGET', event, 'status:' .. group, 'key', 'unique'))
  local status = status_of(word)
  if status == 'leased' then
    redis.call('HSET', event, 'cancel:' .. group, '1')
    return 'signaled'
  elseif status == 'delayed' then
    reach('ZREM', key('delayed', group), id)
    file(key('ended', group), { now, id })
  elseif status ~= 'ready' and status ~= 'canceled' then
    return 'too-late'
  end
  -- A ready id stays in its list, because removing it from the middle is expensive. The claim that pops it drops it.
  redis.call('HSET', event, 'status:' .. group, 'canceled')
  if name then ordering().end_place(group, name, id) end
  if unique then naming().note_end(unique) end
  return 'canceled'
end
