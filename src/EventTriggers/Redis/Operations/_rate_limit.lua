-- Limits how often a trigger over time fires for one value of its key. Needs _entries and _bounds.

-- Whether one more firing would exceed the limit within some span, when others are due after it.
local function exceeds_limit(rule, throttled, from, to, at)
  local near, all, i = redis.call('ZRANGE', throttled, from, to, 'BYSCORE', 'WITHSCORES'), {}, 1
  for n = 2, #near, 2 do all[#all + 1] = tonumber(near[n]) end
  spent = spent + #all
  while all[i] and all[i] <= at do i = i + 1 end
  table.insert(all, i, at)
  for n = 1, #all - rule.limit do
    if all[n + rule.limit] - all[n] < rule.limit_span then return true end
  end
end

-- Why a trigger may not fire at a moment, or nil. throttled: zset of raised ids -> when they were due.
local function refusal_of_limit(rule, throttled, at)
  if rule.limit == 0 then return nil end
  local newest = tail(throttled)
  if newest and (at < newest - rule.late or (redis.call('ZCARD', throttled) >= MOST_USED and at - rule.limit_span < head(throttled))) then
    return 'late'
  end
  local from, to = '(' .. int(at - rule.limit_span), '(' .. int(at + rule.limit_span)
  if redis.call('ZCOUNT', throttled, from, to) >= rule.limit then
    if redis.call('ZCOUNT', throttled, '(' .. int(at), to) == 0 then return 'throttled' end
    if exceeds_limit(rule, throttled, from, to, at) then return 'throttled' end
  end
end

-- Notes that a trigger fires at a moment.
local function note_firing(rule, throttled, raised, at)
  if rule.limit == 0 then return end
  redis.call('ZADD', throttled, at, raised)
  redis.call('ZREMRANGEBYSCORE', throttled, '-inf', '(' .. int(tail(throttled) - rule.lasts))
  redis.call('ZREMRANGEBYRANK', throttled, 0, -MOST_USED - 1)
  redis.call('PEXPIRE', throttled, int(rule.lasts))
end
