-- Ends triggers, and forgets those that have ended. Needs _retention and _tags.

-- Forgets old triggers that have ended, and answers how many.
local function forget_triggers(ended, cap, age, now)
  local ids, keys = take_old(ended, tonumber(cap), tonumber(age), now), {}
  local has_tags = #ids > 0 and redis.call('EXISTS', TAGGED) == 1
  for i, id in ipairs(ids) do
    keys[2 * i - 1], keys[2 * i] = key('trigger', id), key('history', id)
    if has_tags then untag_trigger(id, fields_of(keys[2 * i - 1], 'tags')[1]) end
  end
  if #keys > 0 then redis.call('DEL', unpack(keys)) end
  return #ids
end

-- Triggers that have fired for the last time: end_triggers() takes them out of the trigger set together. If fire() knew that it was the
-- last firing, the hash says so already.
local completed = {}

-- Ended triggers with a CancelOn still have subscriptions for it, in other partitions as well; a host removes them soon. For each: when the
-- trigger was due, and 'id#version cancelon'.
local subscribed = {}
local LONGEST_CANCELON = 20000

-- trigger: its field 'version' says that it subscribes to events; other triggers need no further read.
local function complete(id, hash, trigger)
  if not trigger.is_last then redis.call('HSET', hash, 'status', 'completed') end
  trigger.status, completed[#completed + 1] = 'completed', id
  local version = trigger.version
  if not version then return end
  local cancelon, due = unpack(fields_of(hash, 'cancelon', 'due'))
  if cancelon and #cancelon <= LONGEST_CANCELON and #version <= 100 then
    subscribed[#subscribed + 1] = int(whole(due) or 0)
    subscribed[#subscribed + 1] = id .. '#' .. version .. ' ' .. cancelon
  end
end

-- Ends a trigger: out of the trigger set, remembered for a while so that its status can be queried.
local function end_triggers(triggers, ended, ids, cap, age, now)
  if #ids == 0 then return end
  -- Its status says that it has ended, whichever index holds it.
  reach('ZREM', triggers, unpack(ids))
  local scored = {}
  for i, id in ipairs(ids) do scored[2 * i - 1], scored[2 * i] = int(now), id end
  -- If this cannot be noted, the trigger's subscriptions stay for longer.
  if #subscribed > 0 then reach('ZADD', root .. ':subs-ended', unpack(subscribed)) end
  if not reach('ZADD', ended, unpack(scored)) then return stray('trigger', ids, true) end
  forget_triggers(ended, cap, age, now)
end
