--[[
  Fires triggers over time whose moment has come: for events that were not answered in time, and for bursts that have ended.

  Takes KEYS 3 + 5n, ARGV 6 + 2n

  KEYS[1]   root
  KEYS[2]   triggers        zset: id#version#key -> ms when a trigger over time is due for one value of its key
  KEYS[3]   triggers:ended
  KEYS[4…]  five for each: the trigger's hash, entries, answers, details, throttled
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  on which consumers are woken
  ARGV[3]   groups   of the caller, each between two spaces: it claims next for them, and is not woken
  ARGV[4]   dedup    ms that the raised ids are remembered
  ARGV[5]   cap      of ended triggers
  ARGV[6]   age      ms that ended triggers are remembered
  ARGV[7…]  two for each: its member of KEYS[2], and the trigger's id

  Returns   how many fired, and when the next trigger is due; then for each that fired when it was due; then two for each trigger that
            dropped an event: its id, and why
]]
local now, dedup, fired, moments = now_ms(ARGV[1]), ARGV[4], 0, {}
local LONGEST_WAIT, MOST_LOOKED_AT, NEXT_TRY = 60000, 1000, 60000
local LEASED, DELAYED = key('leased', '$triggers'), key('delayed', '$triggers')
local QUARANTINE, READY = key('quarantine', '$triggers'), key('ready', '$triggers')

-- When the oldest of some events was published that may be an answer. An event with a delay that is not over does not count; one that is
-- retried does.
local function oldest_of(ids)
  local oldest = MAX
  for _, id in ipairs(ids) do
    local e = fields_of(event_key(id), 'at', 'due')
    if whole(e[1]) and (whole(e[2]) or 0) <= now then oldest = math.min(oldest, whole(e[1])) end
  end
  return oldest
end

-- When the oldest event was published that is not matched yet: among those that are ready, and among those that a process has claimed or
-- will retry. Looked up once per call.
local unmatched
local function look_for_unmatched()
  if unmatched then return end
  local taken = redis.call('ZRANGE', LEASED, 0, MOST_LOOKED_AT - 1)
  for i, lease in ipairs(taken) do taken[i] = id_of_lease(lease) end
  -- One that was never claimed is not to be matched yet: it has a delay, or waits for its name.
  for _, id in ipairs(redis.call('ZRANGE', DELAYED, 0, 99)) do
    if fields_of(event_key(id), 'fence:$triggers')[1] then taken[#taken + 1] = id end
  end
  local quarantined = redis.call('LINDEX', QUARANTINE, -1)
  if quarantined then taken[#taken + 1] = quarantined end
  unmatched = { ready = oldest_of(redis.call('LRANGE', READY, -20, -1)), taken = oldest_of(taken) }
end

-- Until when it waits for events that were published until a moment and are not matched yet, or nil. Ready events are matched soon, however
-- many there are. Events that a process has claimed or will retry may never be, so the wait for them is limited.
function waits_until(case, limit)
  look_for_unmatched()
  local details = case.state.details
  local since, what = string.match(redis.call('HGET', details, 'w') or '', '^(%d+) (%d+)$')
  if unmatched.ready > limit and unmatched.taken > limit then return nil end
  local note = int(limit)
  if unmatched.ready <= limit then
    if since then redis.call('HDEL', details, 'w') end
    since = limit
  else
    if what ~= note then
      since = now
      redis.call('HSET', details, 'w', int(now) .. ' ' .. note)
    end
    if now - since >= LONGEST_WAIT then return nil end
  end
  return now + math.max(20, math.min(math.floor((now - since) / 8), 1000))
end

-- What need_of() wrote: the id of what the entry raises, its trail and its payload; nil if it is gone.
local function read_need(details, entry)
  local raised, size, rest = string.match(redis.call('HGET', details, entry) or '', '^(%S+) (%d+) (.*)$')
  if raised then return raised, string.sub(rest, 1, tonumber(size)), string.sub(rest, tonumber(size) + 1) end
end

local function fire_entry(case, entry, at, due)
  local details = case.state.details
  local wanted, trail, payload = read_need(details, entry)
  if not wanted then return end
  local seen, source, trace = key('seen', wanted), unpack(redis.call('HMGET', details, 's' .. entry, 't' .. entry))
  source = source or ''
  local raised = raised_for(case.id, wanted, seen, at, source)
  if not raised then return end
  local refused = refusal_of_limit(case.rule, case.throttled, due)
  if refused == 'late' then
    drop(case, refused, 'What was due was dropped: others that are much newer had fired, and it may fire only so often.')
  end
  if refused then return end
  note_firing(case.rule, case.throttled, raised, due)
  fire_once({
    id = case.id, hash = case.hash, trigger = case.rule, raised = raised, seen = seen, dedup = dedup, at = at, due = due, now = now,
    sources = '[' .. source .. ']', payload = payload, trail = trail, trace = trace,
  })
  fired, moments[fired + 1] = fired + 1, int(due)
end

function finish(case, entry, at, due, entries)
  if case.rule.status == 'active' then fire_entry(case, entry, at, due) end
  use(case.state, case.state.entries, entries)
  case.state.needless[#case.state.needless + 1] = 'w'
end

function has_done_enough() return fired >= MOST_FIRED or spent > BUDGET end

-- Fires the due entries of a case, and answers when it is due again, or nil.
local function try_to_fire(case)
  local rule, state = case.rule.kind == 'debounce' and rules.debounce or rules.without, case.state
  local is_done, next = pcall(rule.fire_elapsed, case, now)
  if is_done then return next end
  -- A key that it needs cannot be read: it is tried again in a minute, and fires nothing before.
  local is_foreign = are_foreign(state.entries.name, 'zset', state.answers.name, 'zset', state.details, 'hash', case.throttled, 'zset',
    LEASED, 'zset', DELAYED, 'zset', QUARANTINE, 'list', READY, 'list')
  if not is_foreign then error(next, 0) end
  unmatched = nil
  return now + NEXT_TRY
end

local function fire_case(n)
  local k, member, id = 5 * n - 1, ARGV[2 * n + 5], ARGV[2 * n + 6]
  local rule = read_rule(KEYS[k])
  if rule.version ~= string.match(member, '#(.-)#') then return redis.call('ZREM', KEYS[2], member) end
  local state = state_of(KEYS[k + 1], KEYS[k + 2], KEYS[k + 3])
  local case = { id = id, hash = KEYS[k], rule = rule, member = member, state = state, throttled = KEYS[k + 4] }
  if rule.is_unreadable then
    drop(case, 'unreadable', UNREADABLE)
    return redis.call('ZADD', KEYS[2], int(now + NEXT_TRY), member)
  end
  local next = try_to_fire(case)
  save(case, next)
  if next then redis.call('ZADD', KEYS[2], int(next), member) else redis.call('ZREM', KEYS[2], member) end
end

-- The rest stays due.
for n = 1, (#KEYS - 3) / 5 do
  if not has_done_enough() then fire_case(n) end
end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[5], ARGV[6], now)
local reply = { fired, next_due(KEYS[2]) }
send(ARGV[2], ARGV[3])
for _, words in ipairs({ moments, dropped }) do
  for _, word in ipairs(words) do reply[#reply + 1] = word end
end
return reply
