-- Which triggers an event sees is decided by numbers: of the watches of its type, in the order in which they began.

-- The number of the next watch of a type. Not less than the time: what a server has forgotten that lost its last writes is not numbered again.
local function next_watch(watched)
  local number = int(math.max((whole(reach('HGET', watched, 'number')) or 0) + 1, now_ms('')))
  reach('HSET', watched, 'number', number)
  return number
end
