--[[
  Explains why the deliveries of an event have not been handled yet. It changes nothing.

  Takes KEYS 2, ARGV 1

  KEYS[1]   root
  KEYS[2]   the event's hash
  ARGV[1]   now   unix ms, or '' for the server's clock

  Returns   six values for each delivery: group; its status; what stands in its way, 'pause', 'held' (its key waits behind a dead letter),
            'key' (others of its key have their turn), 'limit' (as many of its key have begun as may), 'name' (another event with its name
            runs), 'parked' (it waits for a host that handles its type), 'consumer' (no live host of the group handles its type), 'claim'
            (nothing), 'time', 'lease', 'dead' or 'ended'; ms when that ends by itself, or ''; the consumer that holds it, or ''; and the
            ids whose turn it is, or the one that has its name, separated by spaces. Nothing if there is no such hash
]]
local event, now = KEYS[2], now_ms(ARGV[1])
local id = id_of(event)

-- Lists are looked through so far.
local CHUNK, DEEPEST = 1000, 10000

local function read_event()
  local stored, e, groups = redis.pcall('HGETALL', event), {}, {}
  for i = 1, stored.err and 0 or #stored, 2 do
    e[stored[i]] = stored[i + 1]
    groups[#groups + 1] = string.match(stored[i], '^status:(.+)$')
  end
  table.sort(groups)
  return e, groups
end
local e, groups = read_event()

local function score_in(kind, group, entry)
  local score = reach('ZSCORE', key(kind, group), entry)
  return score and int(tonumber(score)) or ''
end

-- How the group orders, if the delivery has a key and the group does.
local function order_of(group)
  local o = e.key and ordering().group(group)
  return o and o.places > 0 and o or nil
end

-- When the limit of its key allows the next delivery to begin, if that is why this one waits. One whose turn has come may wait for it, too.
local function limited_until(o)
  if not o or not o.is_limited then return nil end
  local granted, moment = order.limiting().room_of(o, e.key)
  local others = order.without(order.active_ids(o, e.key), id)
  local _, count = string.gsub(others, '%S+', '')
  return granted == 0 and count < o.places and moment or nil
end

-- The ids whose turn it is while the delivery waits for them, and the dead letter among them; or nil.
local function turn_before(o, group)
  if not o then return nil end
  local ids = ordering().active_ids(o, e.key)
  local _, count = string.gsub(ids, '%S+', '')
  if count == 0 or string.find(' ' .. ids .. ' ', ' ' .. id .. ' ', 1, true) then return nil end
  if count < o.places and redis.call('EXISTS', key('backlog', group .. ':' .. e.key)) == 0 then return nil end
  for other in string.gmatch(ids, '%S+') do
    if reach('ZSCORE', key('held', group), e.key .. ' ' .. other) then return ids, other end
  end
  return ids
end

local function is_in(list)
  for from = 0, DEEPEST - 1, CHUNK do
    local entries = reach('LRANGE', list, int(from), int(from + CHUNK - 1)) or {}
    for _, entry in ipairs(entries) do
      if entry == id then return true end
    end
    if #entries < CHUNK then return false end
  end
  return false
end

local function is_parked(group)
  for _, name in ipairs({ e.type, e.type .. '!' }) do
    if reach('ZSCORE', parked_index(group), name) and is_in(parked_list(group, name)) then return true end
  end
  return false
end

-- What stands in the way of a ready delivery, until when, and whose turn it is.
local function obstacle_of(group)
  local o = order_of(group)
  local limited = limited_until(o)
  local ids, dead
  if not limited then ids, dead = turn_before(o, group) end
  local paused = whole(reach('HGET', settings_of(group), 'paused'))
  if paused and (paused < 0 or paused > now) then return 'pause', paused > 0 and int(paused) or '', dead or ids or '' end
  if limited then return 'limit', int(limited), '' end
  if ids then return dead and 'held' or 'key', '', dead or ids end
  if not is_type(e.type) or group == '$triggers' then return 'claim', '', '' end
  if is_parked(group) then return 'parked', '', '' end
  local hosts = reach('ZCOUNT', handlers_of(group, e.type), '(' .. int(now), '+inf') or 0
  return hosts > 0 and 'claim' or 'consumer', '', ''
end

-- The event with its name that runs while it waits, or nil.
local function holder_before()
  local mode, name = naming().read_field(e.unique)
  if not name or mode == 'window' then return nil end
  local holder, state = naming().holder_of_name(name, now)
  if holder and holder ~= id and state == 'runs' and naming().standing_of(id, name, now) then return holder end
end

local reply, holder = {}, e.unique and holder_before()
for _, group in ipairs(groups) do
  local word = e['status:' .. group]
  local status, why, till, consumer, ids = status_of(word), 'ended', '', '', ''
  if status == 'ready' then
    why, till, ids = obstacle_of(group)
    if holder and why ~= 'pause' then why, till, ids = 'name', '', holder end
  elseif status == 'delayed' and holder then
    why, ids = 'name', holder
  elseif status == 'delayed' then
    why, till = 'time', score_in('delayed', group, id)
  elseif status == 'leased' then
    why, till, consumer = 'lease', score_in('leased', group, lease_of(id, e['fence:' .. group])), string.match(word, '^leased (.+)%.') or ''
  elseif status == 'dead' then
    why = 'dead'
  end
  for _, value in ipairs({ group, status, why, till, consumer, ids }) do reply[#reply + 1] = value end
end
return reply
