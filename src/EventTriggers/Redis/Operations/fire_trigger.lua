--[[
  Fires a trigger now, whatever its due time, as FireNowAsync asks. This counts as one of its firings.

  Takes KEYS 5, ARGV 8

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the trigger's hash
  KEYS[4]   triggers
  KEYS[5]   triggers:ended
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   cap       of ended triggers
  ARGV[7]   age       ms that ended triggers are remembered
  ARGV[8]   trace     the context of the span that fires it, or ''

  Returns   'done', 'ended' or 'not-found'; 'KEY TYPE' when the hash's key holds something of that type instead, '?FIELD' when that field of
            it cannot be read: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now, id = now_ms(ARGV[1]), ARGV[5]
local t = read_fields(KEYS[3], { 'type', 'fired', 'status', 'times', 'until', 'kind', 'version', 'options', 'trace', 'skip' })
for _, field in ipairs({ 'fired', 'times', 'until' }) do
  if is_bad(t[field]) then return '?' .. field end
end
if t.status and not is_name(t.type) then return '?type' end
local ended = (t.status ~= 'active' and t.status ~= 'paused') or (t['until'] and now > tonumber(t['until']))
if ended then return record_always(KEYS[2], ARGV[3], ARGV[4], t.status and 'ended' or 'not-found', now) end

record(KEYS[2], ARGV[3], ARGV[4], 'done', now)
local fired
if recurs(t.kind) then fired = fire_recurring(id, KEYS[3], t, now, now, 0, ARGV[8], true)
else fired = fire(id, KEYS[3], t, raised_at(id, now), now, now, '', 0, nil, nil, ARGV[8]) end
local times = t.kind == 'at' and 1 or tonumber(t.times)
if times and fired >= times then
  complete(id, KEYS[3], t)
  end_triggers(KEYS[4], KEYS[5], completed, ARGV[6], ARGV[7], now)
end
send(ARGV[2])
return 'done'
