-- Fires triggers for the events that they match. Needs _firing and _ending.

-- The fields that are read of such a trigger's hash.
local TRIGGER_FIELDS = { 'type', 'fired', 'status', 'version', 'times', 'until', 'start', 'options' }
local STATUSES = { ['active'] = true, ['paused'] = true, ['completed'] = true, ['canceled'] = true }

-- Whether a trigger's fields are what the library writes. Something else may have changed its hash, or replaced it.
local function is_readable(trigger)
  return is_name(trigger.type) and STATUSES[trigger.status or '']
    and not (is_bad(trigger.fired) or is_bad(trigger.times) or is_bad(trigger['until']) or is_bad(trigger.start))
end

-- Why a trigger does not fire for an event that was published at a moment, or nil. 'over' stands for an event from after its end.
local function refusal(trigger, at)
  if trigger.status == 'paused' then return 'paused' end
  if trigger.status ~= 'active' then return 'ended' end
  if trigger.start and at < tonumber(trigger.start) then return 'early' end
  if trigger['until'] and at > tonumber(trigger['until']) then return 'over' end
end

-- The outcome of an event for which a trigger does not fire: one that is over ends.
local function refuse(id, hash, trigger, refused)
  if refused ~= 'over' then return refused end
  complete(id, hash, trigger)
  return 'ended'
end

-- Fires a trigger, and remembers for which event, by when that event was published. firing: the trigger's id, hash and fields (trigger);
-- the raised event's id, its seen key, payload, trail and trace, and dedup, the ms that the id is remembered; at: when the matched event
-- was published; due, now and sources as in fire().
local function fire_once(firing)
  local id, hash, trigger = firing.id, firing.hash, firing.trigger
  trigger.fired = fire(
    id, hash, trigger, firing.raised, firing.due, firing.now, firing.sources, 0, firing.payload, firing.trail, firing.trace)
  redis.call('SET', firing.seen, int(firing.at), 'PX', firing.dedup)
  if not trigger.times or trigger.fired < tonumber(trigger.times) then return 'fired' end
  complete(id, hash, trigger)
  return 'last'
end
