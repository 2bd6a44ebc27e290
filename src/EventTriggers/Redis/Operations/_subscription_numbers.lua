-- The subscriptions of a type are numbered in the order in which they began: an event is matched with those that began before it.

-- The number of a type's next subscription. Not less than the time: a server that has lost its last writes must not use their numbers
-- again.
local function next_subscription(meta)
  local number = int(math.max((whole(reach('HGET', meta, 'number')) or 0) + 1, now_ms('')))
  reach('HSET', meta, 'number', number)
  return number
end
