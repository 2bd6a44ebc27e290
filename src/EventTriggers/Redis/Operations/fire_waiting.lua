--[[
  Fires triggers over time whose moment has come: what was not answered in its time, and what has become quiet.

  Takes KEYS 3 + 5n, ARGV 6 + 2n

  KEYS[1]   root
  KEYS[2]   triggers        zset: id#version#key -> ms when a trigger over time is due for one value of its key
  KEYS[3]   triggers:ended
  KEYS[4…]  five for each: the trigger's hash, entries, answers, held, throttled
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   group    of the caller, which claims next and needs no ring
  ARGV[4]   dedup    ms that the raised ids are remembered
  ARGV[5]   cap      of ended triggers
  ARGV[6]   age      ms that ended triggers are remembered
  ARGV[7…]  two for each: its member of KEYS[2], and the trigger's id

  Returns   how many fired, and when the next trigger is due; then two for each that was given up: the trigger's id, and why
]]
local now, fired = now_ms(ARGV[1]), 0
local LONGEST_WAIT, MOST_FIRED, MOST_LOOKED_AT = 60000, 50, 1000

-- When the oldest event was published that is not matched yet, and may be an answer: of those that wait for somebody who matches them, and of those
-- that somebody has, or will try again. One that was published with a delay has not come yet; one that is tried again has.
local function oldest_of(ids)
  local oldest = MAX
  for _, id in ipairs(ids) do
    local e = fields_of(event_key(id), 'at', 'due')
    if whole(e[1]) and (whole(e[2]) or 0) <= now then oldest = math.min(oldest, whole(e[1])) end
  end
  return oldest
end

local unmatched
local function look_for_unmatched()
  if unmatched then return end
  local taken = redis.call('ZRANGE', key('leased', '$triggers'), 0, MOST_LOOKED_AT - 1)
  for i, lease in ipairs(taken) do taken[i] = id_of_lease(lease) end
  for _, id in ipairs(redis.call('ZRANGE', key('delayed', '$triggers'), 0, 99)) do taken[#taken + 1] = id end
  local suspect = redis.call('LINDEX', key('suspects', '$triggers'), -1)
  if suspect then taken[#taken + 1] = suspect end
  unmatched = { ready = oldest_of(redis.call('LRANGE', key('ready', '$triggers'), -20, -1)), taken = oldest_of(taken) }
end

-- Until when it waits for events that were published until a moment and are not matched yet, or nil. What is ready is matched soon, however many there
-- are; what somebody has, or tries again, may never be: that is waited for only so long.
local function waits_until(o, limit)
  look_for_unmatched()
  local since, what = string.match(redis.call('HGET', o.state.held, 'w') or '', '^(%d+) (%d+)$')
  if unmatched.ready > limit and unmatched.taken > limit then return nil end
  local note = int(limit)
  if unmatched.ready <= limit then
    if since then redis.call('HDEL', o.state.held, 'w') end
    since = limit
  else
    if what ~= note then
      since = now
      redis.call('HSET', o.state.held, 'w', int(now) .. ' ' .. note)
    end
    if now - since >= LONGEST_WAIT then return nil end
  end
  return now + math.max(20, math.min(math.floor((now - since) / 8), 1000))
end

local function fire_entry(o, entry, at, due)
  local wanted, size, rest = string.match(redis.call('HGET', o.state.held, entry) or '', '^(%S+) (%d+) (.*)$')
  if not wanted then return end
  local trail, payload = string.sub(rest, 1, tonumber(size)), string.sub(rest, tonumber(size) + 1)
  local seen, source = key('seen', wanted), redis.call('HGET', o.state.held, 's' .. entry) or ''
  local raised = raised_for(o.id, wanted, seen, at, source)
  if not raised then return end
  local refused = refusal_of_limit(o.t, o.throttled, raised, due)
  if refused == 'late' then give_up(o, refused, 'What was due was dropped: others that are much newer had fired, and it may fire only so often.') end
  if refused then return end
  fire_once(o.id, o.hash, o.t, raised, seen, ARGV[4], at, due, now, '[' .. source .. ']', payload, trail)
  fired = fired + 1
end

local function finish(o, entry, at, due, entries)
  if o.t[3] == 'active' then fire_entry(o, entry, at, due) end
  use(o.state, o.state.entries, entries)
  o.state.needless[#o.state.needless + 1] = 'w'
end

local function has_done_enough() return fired >= MOST_FIRED or spent > BUDGET end

-- Answers when it is due again, or nil.
local function fire_unanswered(o)
  local found, due = between(o.state.entries, 0, MAX, 0, MOST_FIRED + 1), nil
  for i = 1, #found, 2 do
    due = found[i + 1] + o.t.span
    if due > now or has_done_enough() or i > 2 * MOST_FIRED then return due end
    local wait = waits_until(o, due)
    if wait then return wait end
    finish(o, found[i], found[i + 1], due, { found[i], found[i + 1] })
  end
end

-- One burst after the other. What comes at the end of one, or later, belongs to the next.
local function fire_quiet(o)
  local all, i = between(o.state.entries, 0, MAX), 1
  while all[i] do
    local last, burst, due = i, { all[i], all[i + 1] }, end_of(o.t, all[i + 1], all[i + 1])
    while all[last + 2] and all[last + 3] < due do
      last = last + 2
      burst[#burst + 1] = all[last]
      burst[#burst + 1] = all[last + 1]
      due = end_of(o.t, all[i + 1], all[last + 1])
    end
    if due > now or has_done_enough() then return due end
    local wait = waits_until(o, due - 1)
    if wait then return wait end
    finish(o, all[last], all[last + 1], due, burst)
    i = last + 2
  end
end

local function fire_one(n)
  local k, member, id = 5 * n - 1, ARGV[2 * n + 5], ARGV[2 * n + 6]
  local t = rule_of(KEYS[k])
  if t[4] ~= string.match(member, '#(.-)#') then return redis.call('ZREM', KEYS[2], member) end
  local o = { id = id, hash = KEYS[k], t = t, state = state_of(KEYS[k + 1], KEYS[k + 2], KEYS[k + 3]), throttled = KEYS[k + 4] }
  if t.is_unreadable then
    give_up(o, 'unreadable', UNREADABLE)
    return redis.call('ZADD', KEYS[2], int(now + 60000), member)
  end
  local is_done, next = pcall(t.kind == 'debounce' and fire_quiet or fire_unanswered, o)
  if not is_done then
    -- What it needs cannot be read: it is tried again in a minute, and fires nothing before.
    local is_foreign = are_foreign(KEYS[k + 1], 'zset', KEYS[k + 2], 'zset', KEYS[k + 3], 'hash', KEYS[k + 4], 'zset', key('leased', '$triggers'), 'zset',
      key('delayed', '$triggers'), 'zset', key('suspects', '$triggers'), 'list', key('ready', '$triggers'), 'list')
    if not is_foreign then error(next, 0) end
    next, unmatched = now + 60000, nil
  end
  save(o, next)
  if next then redis.call('ZADD', KEYS[2], int(next), member) else redis.call('ZREM', KEYS[2], member) end
end

-- What is left stays due.
for n = 1, (#KEYS - 3) / 5 do
  if not has_done_enough() then fire_one(n) end
end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[5], ARGV[6], now)
local reply = { fired, next_due(KEYS[2]) }
send(ARGV[2], ARGV[3])
for _, word in ipairs(given_up) do reply[#reply + 1] = word end
return reply
