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

-- Looks at some of the keys that wait, others in each call, and lets those go on that wait for nothing.
local function check_places(group, now)
  local count = reach('ZCARD', key('backlogs', group)) or 0
  local o = count > 0 and ordering().group(group)
  if not o then return end
  local from = count > MOST_KEYS and math.floor(now / 1000) % count or 0
  for _, name in ipairs(redis.call('ZRANGE', o.lists, int(from), int(from + MOST_KEYS - 1))) do
    local ids = order.active_ids(o, name)
    for i = #ids, 1, -1 do
      if not keeps_place(o, name, ids[i]) then
        table.remove(ids, i)
        o.changed[name] = true
      end
    end
    order.hand_over(o, name)
    order.forget_empty(o, name)
  end
end
