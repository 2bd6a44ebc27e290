-- Ends triggers. Needs _retention.

-- Triggers that have fired for the last time: end_triggers() takes them out of the trigger set together. What fire() knew to be the last firing is
-- in the hash already.
local completed = {}

local function complete(id, hash, t)
  if not t.is_last then redis.call('HSET', hash, 'status', 'completed') end
  t[3], completed[#completed + 1] = 'completed', id
end

-- Ends a trigger: out of the trigger set, remembered for a while so that its status can be queried.
local function end_triggers(triggers, ended, ids, cap, age, now)
  if #ids == 0 then return end
  redis.call('ZREM', triggers, unpack(ids))
  local scored = {}
  for i, id in ipairs(ids) do scored[2 * i - 1], scored[2 * i] = int(now), id end
  redis.call('ZADD', ended, unpack(scored))
  forget_triggers(ended, cap, age, now)
end
