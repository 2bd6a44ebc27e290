-- Sends the events of a script to the groups that want them.

-- Events of this script by where they go; send() files them with one command a list.
local outbox = { ready = {}, delayed = {}, unrouted = {}, routes = {}, now = 0 }

-- The number of the next event that triggers may see. They tell which of two events of one millisecond the partition accepted first, whatever their
-- types. What nobody watches is not numbered. Read once a call, and written back by send().
local function next_number()
  if not outbox.number then
    local last = tonumber(redis.pcall('GET', root .. ':number') or '') or 0
    outbox.number = last >= 0 and last < 1e15 and math.floor(last) or 0
  end
  outbox.number = outbox.number + 1
  return int(outbox.number)
end

-- Says, for good, that there are events which several groups hold.
local function share() redis.call('SET', root .. ':shared', '1') end

-- Where events of a type go, asked once a call: the groups that subscribe to it, and the fields that say so in an event's hash.
local function route_of(name)
  local route = outbox.routes[name]
  if not route then
    -- Who subscribes, nobody knows where the key holds something else: then its events wait for the first group that subscribes again.
    local groups = reach('SMEMBERS', key('routes', name)) or {}
    -- That triggers watch the type does not mean that a host wants its events: they wait for the first group all the same.
    route = { groups = groups, ready = {}, delayed = {}, is_unwanted = #groups == 0 or (#groups == 1 and groups[1] == '$triggers') }
    local watch
    for _, group in ipairs(groups) do
      -- Which triggers an event sees: those that began to watch before it.
      if group == '$triggers' then
        local w = reach('HMGET', key('watched', name), 'number', 'epoch')
        local newest = w and reach('ZRANGE', key('on', name), -1, -1, 'WITHSCORES')
        -- Without numbers it sees whoever watches when it is matched.
        if newest and not is_bad(w[1]) then watch = int(tonumber(newest[2] or 0)) .. ' ' .. (w[1] or '0') .. ' ' .. (w[2] or '') end
      end
    end
    for status, fields in pairs({ ready = route.ready, delayed = route.delayed }) do
      for _, group in ipairs(groups) do
        fields[#fields + 1] = 'status:' .. group
        fields[#fields + 1] = status
      end
      if #groups > 1 then
        fields[#fields + 1] = 'refs'
        fields[#fields + 1] = int(#groups)
      end
      if watch then
        fields[#fields + 1] = 'watch'
        fields[#fields + 1] = watch
      end
    end
    route.watch = watch
    outbox.routes[name] = route
  end
  return route
end

-- Notes where an event goes, and answers the fields that say so. due: ms when it becomes ready, or nil.
local function deliver(id, name, due)
  local route = route_of(name)
  for _, group in ipairs(route.groups) do
    if due then append(outbox.delayed, group, due, id) else append(outbox.ready, group, id) end
  end
  if route.is_unwanted then append(outbox.unrouted, name, id) end
  local fields = due and route.delayed or route.ready
  if route.watch then fields[#fields] = route.watch .. ' ' .. next_number() end
  return fields
end

-- Pushes what deliver() noted, and wakes a consumer of each group that got something to do, or something that is due earlier than it knew. own:
-- the group of a consumer that claims next; it and the triggers' group need no ring.
local function send(channel, own)
  local awake = {}
  if outbox.number then redis.call('SET', root .. ':number', int(outbox.number)) end
  for _, route in pairs(outbox.routes) do
    if #route.groups > 1 then share() end
  end
  for name, ids in pairs(outbox.unrouted) do
    local list = key('unrouted', name)
    push(list, ids)
    -- Which types have such events, and since when.
    if not reach('ZADD', root .. ':unrouted', 'NX', int(outbox.now), name) then stray('unrouted', { name }) end
    -- What has expired goes here, oldest first; so do the ids of events that only triggers wanted, which went with the triggers' deliveries.
    local oldest, gone = reach('LRANGE', list, -#ids - 1, -1) or {}, 0
    for i = #oldest, 1, -1 do
      local event = event_key(oldest[i])
      local e = fields_of(event, 'type', 'expires', 'status:$triggers')
      if e[1] and (whole(e[2]) or MAX) > outbox.now then break end
      if not e[3] and not e.is_foreign then redis.call('DEL', event) end
      gone = gone + 1
    end
    if gone > 0 then redis.call('RPOP', list, gone) end
  end
  for group, ids in pairs(outbox.ready) do
    push(key('ready', group), ids)
    awake[group] = true
  end
  for group, scored in pairs(outbox.delayed) do
    local before = head(key('delayed', group))
    file(key('delayed', group), scored)
    if not before or head(key('delayed', group)) < before then awake[group] = true end
  end
  for group in pairs(awake) do
    if not own or (group ~= own and group ~= '$triggers') then wake(channel, group) end
  end
end
