--[[
  Fires the triggers that are due: publishing, counting, and ending or rescheduling are this one script, so an occurrence fires once however
  many processes call it. Its first write is the raised event's, which full memory refuses before anything is changed. A recurring trigger
  whose next occurrence takes more than arithmetic is left due and reported to the caller; fire_planned.lua fires it. So is a trigger over
  time; fire_waiting.lua fires it.

  Takes KEYS 4, ARGV 7

  KEYS[1]   root
  KEYS[2]   triggers        zset: id -> ms when it is due
  KEYS[3]   triggers:ended  zset: id -> ms when it ended
  KEYS[4]   leader          which consumer wakes for the next trigger
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   groups    of the caller, each between two spaces: it claims next for them, and is not woken
  ARGV[4]   consumer  the caller's name, the leader from now on; '' if it hears no messages
  ARGV[5]   limit     the most triggers to fire or report
  ARGV[6]   cap       of ended triggers
  ARGV[7]   age       ms that ended triggers are remembered

  Returns   flat: now, ms when the next is due (-1 for none), how many fired, how many over time are due, how many cannot be read, and how
            many are to be planned; those over time, id#version#key; for each that cannot be read its id and why; then for each trigger to
            plan its id and 17 fields, '' for none: spec, due, slot, resumed, missed, fired, times, until, every, cron, zone, start, jitter,
            misfire, except, trace, skip; then for each that fired its kind and when it was due
]]
local now, fired, gone, moved, planned, waiting, told = now_ms(ARGV[1]), {}, {}, {}, {}, {}, {}
local due = reach('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[5], 'WITHSCORES') or {}

local STATUS = { active = true, paused = true, completed = true, canceled = true }
local KIND = { at = true, on = true, every = true, cron = true }
local PLAN = {
  'spec', 'due', 'slot', 'resumed', 'missed', 'fired', 'times', 'until', 'every', 'cron', 'zone', 'start', 'jitter', 'misfire', 'except',
  'trace',
}
local FIELDS = { 'type', 'fired', 'status', 'until', 'kind', 'error', 'version', 'options', 'trace', 'skip', unpack(PIECES) }
local IS_WORD = { spec = true, cron = true, zone = true, misfire = true, except = true, trace = true }

-- Why a trigger cannot be fired: the field of its hash that cannot be read; or nil.
local function trouble_of(t)
  if t.is_foreign then return 'Its key holds something else than a hash.' end
  if t.status and not STATUS[t.status] then return bad_field('status', t.status) end
  if t.status ~= 'active' then return nil end
  if not is_name(t.type) then return bad_field('type', t.type or '') end
  if not KIND[t.kind] then return bad_field('kind', t.kind or '') end
  if is_bad(t.fired) then return bad_field('fired', t.fired) end
  if is_bad(t['until']) then return bad_field('until', t['until']) end
end

-- What decides when a recurring trigger is due, by the names of the fields.
local function plan_of(hash)
  local plan, values = {}, redis.call('HMGET', hash, unpack(PLAN))
  for f, field in ipairs(PLAN) do plan[field] = values[f] end
  return plan
end

local function trouble_of_plan(plan)
  for _, field in ipairs(PLAN) do
    if not IS_WORD[field] and is_bad(plan[field]) then return bad_field(field, plan[field]) end
  end
end

-- A trigger that cannot be read is tried again in a minute: it may be repaired by then.
local function postpone(id, hash, trouble)
  told[#told + 1], told[#told + 2] = id, trouble
  moved[#moved + 1], moved[#moved + 2] = int(now + 60000), id
  if not string.find(trouble, '^Its key') then redis.call('HSET', hash, 'error', trouble) end
end

local function note_fired(kind, at) fired[#fired + 1], fired[#fired + 2] = kind, int(at) end

-- When an interval is due next, if nothing was missed and it was not rescheduled; else nil.
local function next_of(plan, at)
  local every, start = tonumber(plan.every or ''), tonumber(plan.start or '')
  if not every or every < 1 or not start or plan.slot or plan.resumed or plan.missed or plan.except then return nil end
  if plan.times and tonumber(plan.fired or 0) >= tonumber(plan.times) then return nil end
  local next = at + every - (at - start) % every
  if next <= now or (plan.misfire == 'skip' and now - at > 60000) then return nil end
  return next
end

for i = 1, #due, 2 do
  local id, at = due[i], tonumber(due[i + 1])
  local hash, is_over_time = key('trigger', id), string.find(id, '#', 1, true)
  local t = is_over_time and {} or read_fields(hash, FIELDS)
  t.payload = payload_among(t)
  local trouble = not is_over_time and trouble_of(t)
  if is_over_time then
    waiting[#waiting + 1] = id
  elseif trouble then
    postpone(id, hash, trouble)
  elseif t.status ~= 'active' then
    gone[#gone + 1] = id
  elseif recurs(t.kind) then
    local plan = plan_of(hash)
    trouble = trouble_of_plan(plan)
    local next = not trouble and next_of(plan, at)
    if trouble then
      postpone(id, hash, trouble)
    elseif next then
      local count = fire_recurring(id, hash, t, at, now, 0)
      if t.error then redis.call('HDEL', hash, 'error') end
      if count then note_fired(t.kind, at) end
      if (count and plan.times and count >= tonumber(plan.times)) or next > math.min(tonumber(t['until'] or MAX), MAX) then
        complete(id, hash, t)
      else
        redis.call('HSET', hash, 'due', int(next))
        moved[#moved + 1] = int(next)
        moved[#moved + 1] = id
      end
    else
      planned[#planned + 1] = id
      for _, field in ipairs(PLAN) do planned[#planned + 1] = plan[field] or '' end
      planned[#planned + 1] = t.skip or ''
    end
  else
    local over = t['until'] and at > tonumber(t['until'])
    if not over then
      t.is_last = true
      if t.error then redis.call('HDEL', hash, 'error') end
      fire(id, hash, t, raised_at(id, at), at, now, '', 0)
      note_fired(t.kind, at)
    end
    complete(id, hash, t)
  end
end

if #gone > 0 then redis.call('ZREM', KEYS[2], unpack(gone)) end
if #moved > 0 then redis.call('ZADD', KEYS[2], unpack(moved)) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[6], ARGV[7], now)
local next = next_due(KEYS[2])
set_leader(KEYS[4], ARGV[4], next)
send(ARGV[2], ARGV[3])
local reply = { now, next, math.floor(#fired / 2), #waiting, math.floor(#told / 2), math.floor(#planned / (2 + #PLAN)) }
for _, words in ipairs({ waiting, told, planned, fired }) do
  for _, word in ipairs(words) do reply[#reply + 1] = word end
end
return reply
