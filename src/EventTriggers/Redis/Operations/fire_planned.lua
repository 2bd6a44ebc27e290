--[[
  Fires the planned occurrences of recurring triggers, unless a trigger was fired or changed since it was read: its definition, due time and
  number of firings must be the same. So an occurrence fires once, however many processes have planned it.

  Takes KEYS 3 + n, ARGV 5 + *

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4…]  the triggers' hashes
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  on which consumers are woken
  ARGV[3]   groups   of the caller, each between two spaces: it claims next for them, and is not woken
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6…]  for each trigger: spec, due and fired as they were read; when it is due next, '' for never; how many occurrences were missed
            since it fired last; why it could not be planned, or ''; the context of the span that fires it, or ''; the number of occurrences
            to fire, and those, oldest first

  Returns   for each trigger how many of its occurrences fired, without those that were skipped, or -1 when it was fired or changed since it
            was read; and at the end when the next trigger is due
]]
local now, reply, i = now_ms(ARGV[1]), {}, 6
local prefix = key('trigger', '')
local FIELDS = { 'type', 'fired', 'status', 'times', 'spec', 'due', 'version', 'options', 'trace', 'skip' }

-- Whether it has fired as often as it may. The plan of a trigger that may skip occurrences cannot know which of them are its last.
local function is_spent(t)
  local times = whole(t.times)
  return times and (whole(t.fired) or 0) >= times
end

-- Answers how many fired.
local function fire_all(hash, id, t, plan)
  local fired = 0
  for n = 1, plan.count do
    if is_spent(t) then break end
    local count = fire_recurring(id, hash, t, tonumber(ARGV[plan.at + n - 1]), now, fired == 0 and plan.missed or 0, plan.trace)
    if count then t.fired, fired = count, fired + 1 end
  end
  return fired
end

local function apply(hash, id, t, plan)
  if plan.trouble ~= '' then
    -- Another process may be able to plan it; it is tried again in a minute.
    redis.call('HSET', hash, 'error', plan.trouble)
    reach('ZADD', KEYS[2], int(now + 60000), id)
    return 0
  end

  local fired = fire_all(hash, id, t, plan)
  redis.call('HDEL', hash, 'slot', 'resumed', 'missed', 'error')
  if fired == 0 and plan.missed > 0 then redis.call('HSET', hash, 'missed', int(plan.missed)) end
  if plan.next == '' or is_spent(t) then
    complete(id, hash, t)
  else
    redis.call('HSET', hash, 'due', plan.next)
    if not reach('ZADD', KEYS[2], plan.next, id) then stray('trigger', { id }) end
  end
  return fired
end

for k = 4, #KEYS do
  local plan = {
    next = ARGV[i + 3], missed = tonumber(ARGV[i + 4]), trouble = ARGV[i + 5], trace = ARGV[i + 6], count = tonumber(ARGV[i + 7]),
    at = i + 8,
  }
  local t = read_fields(KEYS[k], FIELDS)
  if t.status == 'active' and is_name(t.type)
    and (t.spec or '') == ARGV[i] and (t.due or '') == ARGV[i + 1] and (t.fired or '') == ARGV[i + 2] then
    reply[#reply + 1] = apply(KEYS[k], string.sub(KEYS[k], #prefix + 1), t, plan)
  else
    reply[#reply + 1] = -1
  end
  i = plan.at + plan.count
end

end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
reply[#reply + 1] = next_due(KEYS[2])
send(ARGV[2], ARGV[3])
return reply
