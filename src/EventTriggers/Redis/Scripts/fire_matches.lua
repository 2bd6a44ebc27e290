--[[
  Fires triggers that an event matched. Each fires once for an event however often the event is delivered.

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4…]  three for each trigger: its hash, the raised event's hash, the raised event's seen key
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  where to ring
  ARGV[3]   dedup    ms that the raised ids are remembered
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6]   at       ms when the matched event was published
  ARGV[7]   source   JSON of the matched event
  ARGV[8]   depth    how many triggers lead to what is raised
  ARGV[9…]  four for each trigger: id, version, the raised event's id, its payload, or '' for the trigger's own

  Returns   for each trigger 'fired', 'last' (it fired, for the last time), 'repeated' (it fired for this event before), 'paused', 'early' (the event is from before its start), or 'ended'
]]
local now, at, words = now_ms(ARGV[1]), tonumber(ARGV[6]), {}

local function match(n)
  local hash, seen = KEYS[3 * n + 1], KEYS[3 * n + 3]
  local id, version = ARGV[4 * n + 5], ARGV[4 * n + 6]
  local t = redis.call('HMGET', hash, 'type', 'fired', 'status', 'version', 'times', 'until', 'start')
  if t[4] ~= version then return 'ended' end
  local raised = raised_for(id, ARGV[4 * n + 7], seen, at, ARGV[7])
  if not raised then
    redis.call('PEXPIRE', seen, ARGV[3])
    return 'repeated'
  end
  return refusal(id, hash, t, at)
    or fire_once(id, hash, t, raised, seen, ARGV[3], at, at, now, '[' .. ARGV[7] .. ']', ARGV[4 * n + 8], ARGV[8])
end

for n = 1, (#KEYS - 3) / 3 do words[n] = match(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
return words
