-- Forgets deliveries that have ended.

-- Takes up to 200 of the oldest entries out of a retention index: those beyond its cap, else those older than age ms.
local function take_old(index, cap, age, now)
  local over = (reach('ZCARD', index) or 0) - cap
  if over <= 0 then over = reach('ZCOUNT', index, '-inf', '(' .. int(now - age)) or 0 end
  if over == 0 then return {} end
  local last = math.min(over, 200) - 1
  local ids = redis.call('ZRANGE', index, 0, last)
  redis.call('ZREMRANGEBYRANK', index, 0, last)
  return ids
end

-- Forgets old deliveries of one group. An event's hash is deleted with the last group that remembers it. Whether other groups do is only
-- read if some event ever went to several.
-- before: called with the ids before their hashes are deleted, or nil.
local function forget_events(index, cap, age, now, before)
  local ids, events = take_old(index, tonumber(cap), tonumber(age), now), {}
  if before and #ids > 0 then before(ids) end
  local shared = #ids > 0 and redis.call('EXISTS', root .. ':shared') == 1
  for _, id in ipairs(ids) do
    local event = event_key(id)
    if shared and (whole(redis.pcall('HGET', event, 'refs')) or 1) > 1 then
      redis.pcall('HINCRBY', event, 'refs', -1)
    else
      events[#events + 1] = event
    end
  end
  if #events > 0 then redis.call('DEL', unpack(events)) end
  return #ids
end
