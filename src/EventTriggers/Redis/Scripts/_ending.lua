-- Ends triggers. Needs _retention.

-- Triggers that have fired for the last time: end_triggers() takes them out of the trigger set together.
local completed = {}

local function complete(id, hash, t)
  redis.call('HSET', hash, 'status', 'completed')
  t[3], completed[#completed + 1] = 'completed', id
end

-- Ends a trigger: out of the trigger set, remembered for a while so that its status can be queried.
local function end_triggers(triggers, ended, ids, cap, age, now)
  if #ids == 0 then return end
  redis.call('ZREM', triggers, unpack(ids))
  for _, id in ipairs(ids) do redis.call('ZADD', ended, now, id) end
  forget_triggers(ended, cap, age, now)
end
