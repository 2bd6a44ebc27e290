-- Raises the events of triggers. Needs _payload, _outbox and _unique.

-- Ids of raised events: 'trigger/@MS' for a moment; 'trigger/=EVENT' for an event, 'trigger/~HASH' where that is too long. No id that a
-- caller chooses has these marks, so an id is taken only by an event of an earlier trigger of the same id: then it is numbered,
-- 'trigger/2@MS'.
local function numbered(id, n, rest) return id .. '/' .. (n > 1 and int(n) or '') .. rest end

local function raised_at(id, ms)
  local n, rest = 1, '@' .. int(ms)
  while redis.call('EXISTS', event_key(numbered(id, n, rest))) == 1 do n = n + 1 end
  return numbered(id, n, rest)
end

-- Whether an event's hash says that a trigger raised it for another event, given as JSON.
local function is_raised(event, id, source)
  local e, head = redis.pcall('HMGET', event_key(event), 'firing', 'sources'), '{"trigger":"' .. id .. '",'
  return not e.err and e[1] and string.sub(e[1], 1, #head) == head and e[2] and string.find(e[2], source, 1, true)
end

-- The id of the event that a trigger raises for another one, or nil when it has raised it. The seen key of the raised event may outlive it,
-- and holds when the other event was published.
local function raised_for(id, raised, seen, at, source)
  if redis.call('EXISTS', seen, event_key(raised)) == 0 then return raised end
  if redis.pcall('GET', seen) == int(at) then return nil end
  local n, rest = 1, string.sub(raised, #id + 2)
  while redis.call('EXISTS', event_key(numbered(id, n, rest))) == 1 do
    if is_raised(numbered(id, n, rest), id, source) then return nil end
    n = n + 1
  end
  return numbered(id, n, rest)
end

-- Whether a text can be the wire name of events.
local function is_name(text) return text and #text <= 200 and string.match(text, '^[%w%._:/%+%-]+$') end

-- The trail is inherited by a raised event from the matched one: which triggers led to it; and, if that has a correlation id, headers or a
-- key, the length of the correlation id and behind a ':' the key, the id, and the headers, as in '1:1000:9a… 5 req-9{"tenant":"acme"}' or
-- '1:1000:9a… 0:order-7 '. It is nil for a firing that no event caused. Answers the key of the raised event, '' or nil for none.
local function add_trail(fields, trail, own)
  local chain, size, name, rest = string.match(trail or '', '^(%S+) (%d+):?(%S*) (.*)$')
  add_field(fields, 'depth', chain or trail)
  add_field(fields, 'correlation', own.correlation or (chain and string.sub(rest, 1, tonumber(size))))
  add_field(fields, 'headers', own.headers or (chain and string.sub(rest, tonumber(size) + 1)))
  add_field(fields, 'key', own.key or name)
  return own.key or name
end

-- The options of the events that a trigger raises, from the field 'options' of its hash: after how many ms they become ready and expire, 0
-- for neither, and behind the first 'h' or 'l' for a high or low priority; the length of the correlation id in bytes and behind a ':' the
-- key, the id, and the headers, as in '0h 60000 5:order-7 req-9{"tenant":"acme"}'. With a length of -1 the correlation id is inherited from
-- the matched event; without headers, so are those, and without a key its key.
local RANKS = { h = 'high', l = 'low' }
local function options_of(text)
  local delay, expires, size, name, rest = string.match(text or '', '^(%d+[hl]?) (%d+) (%-?%d+):?(%S*) (.*)$')
  if not delay then return {} end
  size = tonumber(size)
  local headers = string.sub(rest, math.max(size, 0) + 1)
  return {
    delay = tonumber(string.match(delay, '%d+')), rank = RANKS[string.match(delay, '%a')], expires = tonumber(expires),
    correlation = size >= 0 and string.sub(rest, 1, size) or nil, headers = headers ~= '' and headers or nil,
    key = name ~= '' and name or nil,
  }
end

local function after(now, ms) return ms and ms > 0 and math.min(now + ms, MAX) or nil end

-- Raises a trigger's event, counts the firing, and answers the count. trigger: the fields 'type', 'fired' and 'options' of its hash;
-- sources: JSON of the matched events, or ''; missed: how many occurrences did not fire since the firing before; payload: replaces the
-- trigger's own, or ''; trail: see add_trail(); trace: the context of the span that fires, or '' for that in which the trigger was added.
-- If the trigger is_last, its completion is written with the count. trigger.unique: the field 'unique' of the event, or nil.
local function fire(id, hash, trigger, raised, due, now, sources, missed, payload, trail, trace)
  outbox.now, outbox.fired = now, outbox.fired + 1
  local count, at = int((whole(trigger.fired) or 0) + 1), int(now)
  local firing = '{"trigger":"' .. id .. '","due":' .. int(due) .. ',"fired":' .. at
    .. ',"sequence":' .. count .. (missed > 0 and ',"missed":' .. int(missed) or '') .. '}'
  local event = event_key(raised)
  if not payload or payload == '' then
    trigger.payload = trigger.payload or payload_of(hash)
    payload = trigger.payload
  end
  local own = options_of(trigger.options)
  local due_later, expires = after(now, own.delay), after(now, own.expires)
  local fields = { 'type', trigger.type, 'data', payload, 'at', at, 'firing', firing }
  add_field(fields, 'due', due_later and int(due_later))
  add_field(fields, 'expires', expires and int(expires))
  local ordered_by = add_trail(fields, trail, own)
  add_field(fields, 'sources', sources)
  add_field(fields, 'trace', trace and trace ~= '' and trace or trigger.trace)
  add_field(fields, 'priority', own.rank)
  add_field(fields, 'unique', trigger.unique)
  for _, value in ipairs(deliver(raised, trigger.type, due_later, own.rank, ordered_by)) do fields[#fields + 1] = value end
  redis.call('HSET', event, unpack(fields))
  if trigger.is_last then redis.call('HSET', hash, 'fired', count, 'last', at, 'status', 'completed')
  else redis.call('HSET', hash, 'fired', count, 'last', at) end
  return tonumber(count)
end

-- The same for a recurring trigger, of which the last 20 firings are remembered. A trigger that skips occurrences while the event that it
-- raised before has not ended does not fire then, unless somebody asked it to fire now; the answer is nil, and the history has a '!' before
-- the id of that event. The events that it raises bear one name, which no caller can choose.
local function fire_recurring(id, hash, trigger, due, now, missed, trace, is_asked)
  local history, name = key('history', id), trigger.skip and '$trigger:' .. id
  local holder = name and not is_asked and naming().holder_of_name(name, now)
  local raised, count
  if holder then raised = '!' .. holder
  else
    raised, trigger.unique = raised_at(id, due), name and 'handled ' .. name
    count = fire(id, hash, trigger, raised, due, now, '', missed, nil, nil, trace)
    if name then naming().retake(raised, trigger.unique, now) end
  end
  -- If the key holds something else, the trigger has fired all the same.
  local entries = redis.pcall('LPUSH', history, int(due) .. ' ' .. int(now) .. ' ' .. raised)
  -- A removal would let what follows through when memory is full.
  if whole(entries) then redis.pcall('LTRIM', history, 0, 19) end
  return count
end
