-- Pauses and resumes triggers.

-- Pauses an active trigger, which keeps its due time.
local function pause_trigger(hash, triggers, id)
  redis.call('HSET', hash, 'status', 'paused')
  redis.call('ZADD', triggers, NEVER, id)
end

-- Resumes a paused trigger. due, last: its fields due and until.
local function resume_trigger(hash, triggers, id, now, due, last, kind)
  redis.call('HSET', hash, 'status', 'active')
  if recurs(kind) and due and tonumber(due) <= now then redis.call('HSET', hash, 'resumed', int(now)) end
  redis.call('ZADD', triggers, due or (last and int(last + 1)) or NEVER, id)
end
