-- An operation that is sent again happens once, and gets its first answer again. A lane holds 'sequence outcome ms' of the last operation
-- that was sent through it.

-- The answer of this operation if it already ran, 'overtaken' when the lane has moved on, or nil when it is new; 'KEY TYPE' when the lanes'
-- key holds something of that type instead.
local function replayed(lanes, lane, sequence)
  local last = reach('HGET', lanes, lane)
  if last == nil then return wrong_type(lanes, 'hash') end
  if not last then return nil end
  local number, outcome = string.match(last, '^(%d+) (%S+)')
  if not number or tonumber(number) < tonumber(sequence) then return nil end
  return tonumber(number) == tonumber(sequence) and outcome or 'overtaken'
end

-- Full memory refuses this write; so as a script's first write it protects all that follow.
local function record(lanes, lane, sequence, outcome, now)
  redis.call('HSET', lanes, lane, sequence .. ' ' .. outcome .. ' ' .. int(now))
  return outcome
end

-- The same for scripts that must work when memory is full: the server lets a script through whose first write is a removal.
local function record_always(lanes, lane, sequence, outcome, now)
  redis.call('HDEL', lanes, lane)
  return record(lanes, lane, sequence, outcome, now)
end
