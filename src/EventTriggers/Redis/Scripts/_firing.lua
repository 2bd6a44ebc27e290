-- Raises the events of triggers. Needs _payload and _outbox.

-- The id of the event that a trigger raises at a time. An event of an earlier trigger of the same id and time moves it on.
local function unused(id, ms)
  while redis.call('EXISTS', event_key(id .. '/' .. int(ms))) == 1 do ms = ms + 1 end
  return id .. '/' .. int(ms)
end

-- Raises a trigger's event, counts the firing, and answers the count. trigger: type and fired as read from its hash; sources: JSON of the
-- matched events, or ''; missed: how many occurrences were not fired since the firing before; payload: in place of the trigger's own, or '';
-- depth: how many triggers led to the event. Where the trigger is_last, that it is completed is written with the count.
local function fire(id, hash, trigger, raised, due, now, sources, missed, payload, depth)
  outbox.now = now
  local count, at = int((trigger[2] or 0) + 1), int(now)
  local firing = '{"trigger":"' .. id .. '","due":' .. int(due) .. ',"fired":' .. at
    .. ',"sequence":' .. count .. (missed > 0 and ',"missed":' .. int(missed) or '') .. '}'
  local event = event_key(raised)
  if not payload or payload == '' then
    trigger.payload = trigger.payload or payload_of(hash)
    payload = trigger.payload
  end
  local fields = { 'type', trigger[1], 'data', payload, 'at', at, 'firing', firing }
  add_field(fields, 'depth', depth)
  add_field(fields, 'sources', sources)
  for _, value in ipairs(deliver(raised, trigger[1])) do fields[#fields + 1] = value end
  redis.call('HSET', event, unpack(fields))
  if trigger.is_last then redis.call('HSET', hash, 'fired', count, 'last', at, 'status', 'completed')
  else redis.call('HSET', hash, 'fired', count, 'last', at) end
  return tonumber(count)
end

-- The same for a recurring trigger, of which the last 20 firings are remembered.
local function fire_recurring(id, hash, trigger, due, now, missed)
  local raised, history = unused(id, due), key('history', id)
  local count = fire(id, hash, trigger, raised, due, now, '', missed)
  redis.call('LPUSH', history, int(due) .. ' ' .. int(now) .. ' ' .. raised)
  redis.call('LTRIM', history, 0, 19)
  return count
end
