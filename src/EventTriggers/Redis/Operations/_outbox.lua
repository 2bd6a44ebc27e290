-- Sends the events of a script to the groups that subscribe to them. Needs _priorities.

-- Events of this script by destination, with how many of a group's delayed deliveries come again; send() adds them with one command per
-- list. ranked: the ready ones of high and low priority by list, as 'ready-high:GROUP'; or nil.
local outbox = { ready = {}, ranked = nil, delayed = {}, unrouted = {}, routes = {}, now = 0, fired = 0, retried = {} }

-- The number of the next event that triggers may see. They tell which of two events of one millisecond the partition accepted first,
-- whatever their types. Events of types without subscriptions are not numbered. Read once per call, and written back by send().
local function next_number()
  if not outbox.number then
    local last = tonumber(redis.pcall('GET', root .. ':number') or '') or 0
    outbox.number = last >= 0 and last < 1e15 and math.floor(last) or 0
  end
  outbox.number = outbox.number + 1
  return int(outbox.number)
end

-- Notes, for good, that some events go to several groups.
local function share() redis.call('SET', root .. ':shared', '1') end

-- The field of a hash that says with which trigger subscriptions the event is matched: those that began before it. nil without numbers:
-- then the event is matched with every subscription that exists when it is matched.
local function subscriptions_of(name)
  local meta = reach('HMGET', key('subs-meta', name), 'number', 'epoch')
  local newest = meta and reach('ZRANGE', key('subs', name), -1, -1, 'WITHSCORES')
  if not newest or is_bad(meta[1]) then return nil end
  return int(tonumber(newest[2] or 0)) .. ' ' .. (meta[1] or '0') .. ' ' .. (meta[2] or '')
end

-- The fields of a hash that say where its event goes. The last one is subs, which deliver() completes with the event's number.
local function fields_of_route(groups, status, subs)
  local fields = {}
  for _, group in ipairs(groups) do
    fields[#fields + 1] = 'status:' .. group
    fields[#fields + 1] = status
  end
  if #groups > 1 then add_field(fields, 'refs', int(#groups)) end
  add_field(fields, 'subs', subs)
  return fields
end

-- The destination of events of a type, read once per call: the groups that subscribe to it, and the fields that say so in an event's hash.
local function route_of(name)
  local route = outbox.routes[name]
  if route then return route end
  -- If the key holds something else, the groups are not known: the events wait for the first group that subscribes again.
  local groups, subs = reach('SMEMBERS', key('routes', name)) or {}, nil
  for _, group in ipairs(groups) do
    if group == '$triggers' then subs = subscriptions_of(name) end
  end
  route = {
    groups = groups,
    subs = subs,
    ready = fields_of_route(groups, 'ready', subs),
    delayed = fields_of_route(groups, 'delayed', subs),
    -- Even if triggers subscribe to the type, its events wait for the first group that does.
    is_unwanted = #groups == 0 or (#groups == 1 and groups[1] == '$triggers'),
  }
  outbox.routes[name] = route
  return route
end

-- Adds a delivery to the ready ones by its priority, see ranked_kind().
local function add_ready(id, group, rank, ordered_by)
  local kind = ranked_kind(group, rank, ordered_by)
  if not kind then return append(outbox.ready, group, id) end
  outbox.ranked = outbox.ranked or {}
  append(outbox.ranked, kind .. ':' .. group, id)
end

-- Notes where an event goes, and answers the fields that say so. due: ms when it becomes ready, or nil. rank: its priority, '' or nil;
-- ordered_by: its key, '' or nil.
local function deliver(id, name, due, rank, ordered_by)
  local route = route_of(name)
  if rank then redis.call('SET', root .. ':prioritized', '1') end
  for _, group in ipairs(route.groups) do
    if due then append(outbox.delayed, group, due, id)
    elseif rank then add_ready(id, group, rank, ordered_by)
    else append(outbox.ready, group, id) end
  end
  if route.is_unwanted then append(outbox.unrouted, name, id) end
  local fields = due and route.delayed or route.ready
  if route.subs then fields[#fields] = route.subs .. ' ' .. next_number() end
  return fields
end

-- Removes expired events from a list of unrouted events, and ids of events that only triggers had matched and that went with the triggers'
-- deliveries. It looks at as many of the oldest events as were added, so that the list does not grow forever, and adding costs at most
-- twice as much.
local function forget_unrouted(list, added)
  local oldest, gone = reach('LRANGE', list, -added - 1, -1) or {}, 0
  for i = #oldest, 1, -1 do
    local event = event_key(oldest[i])
    local e = fields_of(event, 'type', 'expires', 'status:$triggers')
    local name, expires, status_of_triggers = unpack(e)
    if name and (whole(expires) or MAX) > outbox.now then break end
    if not status_of_triggers and not e.is_foreign then redis.call('DEL', event) end
    gone = gone + 1
  end
  if gone > 0 then redis.call('RPOP', list, gone) end
end

-- Adds the events that no group takes to the lists of their types, and notes which types have such events, and since when.
local function file_unrouted()
  for name, ids in pairs(outbox.unrouted) do
    local list = key('unrouted', name)
    push(list, ids)
    if not reach('ZADD', root .. ':unrouted', 'NX', int(outbox.now), name) then stray('unrouted', { name }) end
    forget_unrouted(list, #ids)
  end
end

-- Adds ready deliveries to their lists. Answers which groups got work.
local function file_ready()
  local groups = {}
  for group, ids in pairs(outbox.ready) do
    push(key('ready', group), ids)
    groups[group] = true
  end
  for list, ids in pairs(outbox.ranked or {}) do
    push(root .. ':' .. list, ids)
    groups[string.match(list, ':(.*)')] = true
  end
  return groups
end

-- Adds delayed deliveries to their indexes. Adds to the groups those with a delivery that is due earlier than any before.
local function file_delayed(groups)
  for group, scored in pairs(outbox.delayed) do
    local before = head(key('delayed', group))
    file(key('delayed', group), scored, true)
    if not before or head(key('delayed', group)) < before then groups[group] = true end
  end
end

-- Counts what was published. Scripts that move deliveries which were published before set no time.
local function count_published()
  if outbox.now == 0 then return end
  for group, ids in pairs(outbox.ready) do count_rate(outbox.now, group, 'published', #ids) end
  for list, ids in pairs(outbox.ranked or {}) do count_rate(outbox.now, string.match(list, ':(.*)'), 'published', #ids) end
  for group, scored in pairs(outbox.delayed) do
    count_rate(outbox.now, group, 'published', #scored / 2 - (outbox.retried[group] or 0))
  end
  count_rate(outbox.now, '$triggers', 'fired', outbox.fired)
end

-- Adds the deliveries that deliver() noted, and wakes a consumer of each group that got work. own: the groups that the caller claims for
-- next, each between two spaces; they need no wake message.
local function send(channel, own)
  if outbox.number then redis.call('SET', root .. ':number', int(outbox.number)) end
  for _, route in pairs(outbox.routes) do
    if #route.groups > 1 then share() end
  end
  file_unrouted()
  local groups = file_ready()
  file_delayed(groups)
  count_published()
  for group in pairs(groups) do
    if not own or not string.find(own, ' ' .. group .. ' ', 1, true) then wake(channel, group) end
  end
end
