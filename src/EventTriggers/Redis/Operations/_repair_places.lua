-- Finds keys that wait for a delivery that will not end, because its event was deleted or changed by something else. Needs _places.

-- The most keys of a group that a call looks at.
local MOST_KEYS = 100

-- Whether a delivery that has a place will end, or is a dead letter that keeps it.
local function keeps_place(o, name, id)
  local word = status_of(fields_of(event_key(id), 'status:' .. o.group)[1])
  if word == 'dead' then return o.holds and reach('ZSCORE', o.held, name .. ' ' .. id) end
  -- One that was canceled is in a list, and ends when it is claimed.
  return word == 'ready' or word == 'delayed' or word == 'leased' or word == 'canceled'
end

-- Takes places away from deliveries that will not end, and gives them to those that wait.
local function check_key(o, name)
  local ids = order.active_ids(o, name)
  for id in string.gmatch(ids, '%S+') do
    if not keeps_place(o, name, id) then
      ids = order.without(ids, id)
      order.set_active(o, name, ids)
    end
  end
  order.hand_over(o, name)
  order.forget_empty(o, name)
end

-- Looks at some of the dead letters that hold keys: one that is no dead letter any more holds none.
local function check_held(o, from)
  for _, entry in ipairs(reach('ZRANGE', o.held, int(from), int(from + MOST_KEYS - 1)) or {}) do
    local name, id = string.match(entry, '^(%S+) (%S+)$')
    if not name or status_of(fields_of(event_key(id), 'status:' .. o.group)[1]) ~= 'dead' then
      redis.call('ZREM', o.held, entry)
      if name then check_key(o, name) end
    end
  end
end

-- Where to begin, others in each call.
local function first_of(count, now) return count > MOST_KEYS and math.floor(now / 1000) % count or 0 end

-- Looks at some of the keys that wait for their moment: one without deliveries that wait is forgotten.
local function check_limited(o, now)
  local from = first_of(reach('ZCARD', o.limited) or 0, now)
  for _, name in ipairs(reach('ZRANGE', o.limited, int(from), int(from + MOST_KEYS - 1)) or {}) do
    if redis.call('EXISTS', o.list .. name) == 0 then redis.call('ZREM', o.limited, name) end
  end
end

-- How many deliveries of a key wait: without those that a batch handles with the first of the key. Mostly those are the next ones; if
-- another stands in front of them, they are counted until a later call.
local function count_waiting(o, name)
  local count = reach('LLEN', o.list .. name) or 0
  local last = count > 0 and redis.call('LINDEX', o.list .. name, -1)
  local function is_leased(id) return status_of(fields_of(event_key(id), 'status:' .. o.group)[1]) == 'leased' end
  if not last or not is_leased(last) then return count end
  for _, id in ipairs(redis.call('LRANGE', o.list .. name, -MOST_IN_BATCH, -1)) do
    if is_leased(id) then count = count - 1 end
  end
  return count
end

-- Looks at some of the keys that wait, and lets those go on that wait for nothing. Counts what waits anew, unless it is very much.
local function check_places(group, now)
  local waiting, held = reach('ZCARD', key('backlogs', group)), reach('ZCARD', key('held', group)) or 0
  if waiting == 0 then redis.call('DEL', key('backlogged', group), key('limited', group)) end
  local o = (waiting or 0) + held > 0 and ordering().group(group)
  if not o then return end
  if held > 0 then check_held(o, first_of(held, now)) end
  if o.is_limited then check_limited(o, now) end
  local from, count = first_of(waiting or 0, now), 0
  for _, name in ipairs(reach('ZRANGE', o.lists, int(from), int(from + MOST_KEYS - 1)) or {}) do
    check_key(o, name)
    count = count + count_waiting(o, name)
  end
  if waiting and waiting <= MOST_KEYS then o.waiting = count - (whole(reach('GET', key('backlogged', group))) or 0) end
end
