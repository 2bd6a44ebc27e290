--[[
  Fires triggers over time whose moment has come: what was not answered in its time, and what has become quiet.

  KEYS[1]   root
  KEYS[2]   triggers        zset: id#version#key -> ms when a trigger over time is due for one value of its key
  KEYS[3]   triggers:ended
  KEYS[4…]  five for each: the trigger's hash, open, used, held, throttled
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   group    of the caller, which claims next and needs no ring
  ARGV[4]   dedup    ms that the raised ids are remembered
  ARGV[5]   cap      of ended triggers
  ARGV[6]   age      ms that ended triggers are remembered
  ARGV[7…]  two for each: its member of KEYS[2], and the trigger's id

  Returns   how many fired, and when the next trigger is due
]]
local now, fired = now_ms(ARGV[1]), 0
local LONGEST_BACKLOG, MOST_FIRED = 60000, 50

-- When the oldest event was published that is not matched yet: it may be an answer.
local function oldest_unmatched()
  local ids, oldest = {}, MAX
  for _, list in ipairs({ 'ready', 'suspects' }) do
    local id = redis.call('LINDEX', key(list, '$triggers'), -1)
    if id then ids[#ids + 1] = id end
  end
  for _, lease in ipairs(redis.call('ZRANGE', key('leased', '$triggers'), 0, 299)) do ids[#ids + 1] = id_of_lease(lease) end
  for _, id in ipairs(redis.call('ZRANGE', key('delayed', '$triggers'), 0, 99)) do ids[#ids + 1] = id end
  for _, id in ipairs(ids) do
    local e = redis.call('HMGET', event_key(id), 'at', 'due')
    -- One that was published with a delay has not come yet; one that is tried again has.
    if e[1] and tonumber(e[2] or 0) <= now then oldest = math.min(oldest, tonumber(e[1])) end
  end
  return oldest
end
local unmatched

local function fire_entry(o, entry, due, sources)
  local raised, depth, payload = string.match(redis.call('HGET', o.state.held, entry) or '', '^(%S+) (%d+) (.*)$')
  local json = sources_of(o.state, { entry })
  local seen = key('seen', raised or '')
  if not raised or redis.call('EXISTS', seen, event_key(raised)) > 0 then return end
  if not is_let_through(o.throttled, raised, due, o.throttle, o.per) then return end
  fire_once(o.id, o.hash, o.t, raised, seen, ARGV[4], due, now, json, payload, depth)
  fired = fired + 1
end

-- Answers when it is due again, or nil.
local function fire_unanswered(o)
  local waiting = between(o.state, 'a', -1, MAX)
  for i = 1, #waiting, 2 do
    local due = waiting[i + 1] + o.span
    if due > now or fired >= MOST_FIRED then return due end
    unmatched = unmatched or oldest_unmatched()
    if now - due < LONGEST_BACKLOG and unmatched <= due then return now + 20 end
    if o.t[3] == 'active' then fire_entry(o, waiting[i], due) end
    use(o.state, { waiting[i] })
  end
end

local function fire_quiet(o)
  local all = between(o.state, 'a', -1, MAX)
  if #all == 0 then return end
  local due = math.min(all[#all] + o.span, all[2] + o.wait)
  if due > now or fired >= MOST_FIRED then return due end
  if o.t[3] == 'active' then fire_entry(o, all[#all - 1], due) end
  local entries = {}
  for i = 1, #all, 2 do entries[#entries + 1] = all[i] end
  use(o.state, entries)
end

local function fire_one(n)
  local k, member, id = 5 * n - 1, ARGV[2 * n + 5], ARGV[2 * n + 6]
  local t = redis.call('HMGET', KEYS[k], 'type', 'fired', 'status', 'version', 'times', 'over', 'throttle')
  local kind, _, span, longest = string.match(t[6] or '', '^(%l+) (%d+) (%d+) (%d+)$')
  if not kind or t[4] ~= string.match(member, '#(.-)#') then return redis.call('ZREM', KEYS[2], member) end
  local throttle, per = string.match(t[7] or '0 0', '^(%d+) (%d+)$')
  local o = {
    id = id, hash = KEYS[k], t = t, state = state_of(KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], tonumber(span), true), throttled = KEYS[k + 4],
    span = tonumber(span), wait = tonumber(longest), throttle = tonumber(throttle), per = tonumber(per),
  }
  local next = (kind == 'debounce' and fire_quiet or fire_unanswered)(o)
  if next then redis.call('ZADD', KEYS[2], int(next), member) else redis.call('ZREM', KEYS[2], member) end
end

for n = 1, (#KEYS - 3) / 5 do fire_one(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[5], ARGV[6], now)
local next = next_due(KEYS[2])
send(ARGV[2], ARGV[3])
return { fired, next }
