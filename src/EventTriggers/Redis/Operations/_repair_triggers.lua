-- Puts triggers back into the indexes where their status says they belong. Needs _tags and _repair_events.

-- When a live trigger is due, as its hash says: one that waits for events is due when its time is over; NEVER if the hash does not say.
local function score_of(status, due, last)
  local at = whole(due) or (not due and whole(last) and last + 1)
  return status == 'active' and at and int(at) or NEVER
end

-- Answers whether the trigger is to be looked at again: the key of the index where it belongs still holds something else.
local function repair_trigger(id)
  local hash = key('trigger', id)
  if wrong_type(hash, 'hash') then return end
  local status, due, last, tags = unpack(redis.call('HMGET', hash, 'status', 'due', 'until', 'tags'))
  if not status then return end
  count_repairs(tag_trigger(id, tags))
  local is_live = status == 'active' or status == 'paused'
  local score = redis.pcall('ZSCORE', is_live and KEYS[2] or KEYS[3], id)
  if score then return type(score) == 'table' end
  if is_live then
    -- A trigger whose time cannot be read is not due until it is corrected. Its record says so, and queries find it.
    if status == 'active' and (is_bad(due) or (not due and is_bad(last))) then
      redis.call('HSET', hash, 'error', due and bad_field('due', due) or bad_field('until', last))
    end
    redis.call('ZADD', KEYS[2], score_of(status, due, last), id)
    wake_for_triggers(ARGV[2])
  else
    redis.call('ZADD', KEYS[3], repairs.now, id)
  end
  count_repairs(1)
end

-- Removes triggers whose hash is gone from the index of a tag. Looks at a few triggers, different ones each time.
local function repair_tagged(tag)
  local index = key('tagged', tag)
  if wrong_type(index, 'zset') then return end
  local count = redis.call('ZCARD', index)
  local from = math.max(0, math.min(repairs.now % count, count - 10))
  for _, id in ipairs(redis.call('ZRANGE', index, from, from + 9)) do
    if redis.call('EXISTS', key('trigger', id)) == 0 then count_repairs(redis.call('ZREM', index, id)) end
  end
end
