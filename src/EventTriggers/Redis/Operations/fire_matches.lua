--[[
  Fires triggers that an event matched. Each fires once for an event however often the event is delivered.

  Takes KEYS 3 + 3n, ARGV 7 + 6n

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4…]  three for each trigger: its hash, the raised event's hash, the raised event's seen key
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  on which consumers are woken
  ARGV[3]   dedup    ms that the raised ids are remembered
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6]   at       ms when the matched event was published
  ARGV[7]   source   JSON of the matched event
  ARGV[8…]  six for each trigger: id, version, the raised event's id, its payload, or '' for the trigger's own, its trail, see
            add_trail(), and the context of the span that fires it, or ''

  Returns   for each trigger 'fired', 'last' (it fired, for the last time), 'repeated' (it fired for this event before), 'paused', 'early'
            (the event is from before its start), 'unreadable' (its hash holds what the library does not write), or 'ended'
]]
local now, at, dedup, source = now_ms(ARGV[1]), tonumber(ARGV[6]), ARGV[3], ARGV[7]
local triggers, outcomes, done = {}, {}, {}

-- Reads every trigger, and where its event goes, before anything is written: the content of one must not stop the script halfway. Otherwise
-- the events of the triggers before it would exist without being in any list, and a repeated call would answer that those triggers have
-- fired already.
for n = 1, (#KEYS - 3) / 3 do
  local trigger = read_fields(KEYS[3 * n + 1], TRIGGER_FIELDS)
  trigger.is_readable = is_readable(trigger)
  if trigger.is_readable then
    route_of(trigger.type)
    trigger.raised = raised_for(ARGV[6 * n + 2], ARGV[6 * n + 4], KEYS[3 * n + 3], at, source)
  end
  triggers[n] = trigger
end

local function match(n)
  local hash, seen, trigger = KEYS[3 * n + 1], KEYS[3 * n + 3], triggers[n]
  local id, version = ARGV[6 * n + 2], ARGV[6 * n + 3]
  if not trigger.is_foreign and trigger.version ~= version then return 'ended' end
  if not trigger.is_readable then return 'unreadable' end
  local raised = trigger.raised
  if not raised or done[raised] then
    redis.call('PEXPIRE', seen, dedup)
    return 'repeated'
  end
  done[raised] = true
  local refused = refusal(trigger, at)
  if refused then return refuse(id, hash, trigger, refused) end
  return fire_once({
    id = id, hash = hash, trigger = trigger, raised = raised, seen = seen, dedup = dedup, at = at, due = at, now = now,
    sources = '[' .. source .. ']', payload = ARGV[6 * n + 5], trail = ARGV[6 * n + 6], trace = ARGV[6 * n + 7],
  })
end

for n = 1, #triggers do outcomes[n] = match(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
return outcomes
