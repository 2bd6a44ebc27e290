--[[
  Fires triggers over time whose moment has come: what was not answered in its time, and what has become quiet.

  KEYS[1]   root
  KEYS[2]   triggers        zset: id#version#key -> ms when a trigger over time is due for one value of its key
  KEYS[3]   triggers:ended
  KEYS[4…]  four for each: the trigger's hash, entries, held, throttled
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

local function fire_entry(o, entry, at, due)
  local wanted, depth, payload = string.match(redis.call('HGET', o.state.held, entry) or '', '^(%S+) (%d+) (.*)$')
  if not wanted then return end
  local seen, source = key('seen', wanted), redis.call('HGET', o.state.held, 's' .. entry) or ''
  local raised = raised_for(o.id, wanted, seen, at, source)
  if not raised or not is_let_through(o.t, o.throttled, raised, due) then return end
  fire_once(o.id, o.hash, o.t, raised, seen, ARGV[4], at, due, now, '[' .. source .. ']', payload, depth)
  fired = fired + 1
end

-- Answers when it is due again, or nil.
local function fire_unanswered(o)
  local found = between(o.state, 0, MAX)
  for i = 1, #found, 2 do
    if is_of('a', found[i]) then
      local due = found[i + 1] + o.t.span
      if due > now or fired >= MOST_FIRED then return due end
      unmatched = unmatched or oldest_unmatched()
      if now - due < LONGEST_BACKLOG and unmatched <= due then return now + 20 end
      if o.t[3] == 'active' then fire_entry(o, found[i], found[i + 1], due) end
      use(o.state, { found[i], found[i + 1] })
    end
  end
end

local function fire_quiet(o)
  local all = between(o.state, 0, MAX)
  if #all == 0 then return end
  local due = math.min(all[#all] + o.t.span, all[2] + o.t.wait)
  if due > now or fired >= MOST_FIRED then return due end
  if o.t[3] == 'active' then fire_entry(o, all[#all - 1], all[#all], due) end
  use(o.state, all)
end

local function fire_one(n)
  local k, member, id = 4 * n, ARGV[2 * n + 5], ARGV[2 * n + 6]
  local t = rule_of(KEYS[k])
  if t[4] ~= string.match(member, '#(.-)#') then return redis.call('ZREM', KEYS[2], member) end
  local o = { id = id, hash = KEYS[k], t = t, state = state_of(KEYS[k + 1], KEYS[k + 2], t), throttled = KEYS[k + 3] }
  local next = (t.kind == 'debounce' and fire_quiet or fire_unanswered)(o)
  save(o.state, next)
  if next then redis.call('ZADD', KEYS[2], int(next), member) else redis.call('ZREM', KEYS[2], member) end
end

for n = 1, (#KEYS - 3) / 4 do fire_one(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[5], ARGV[6], now)
local next = next_due(KEYS[2])
send(ARGV[2], ARGV[3])
return { fired, next }
