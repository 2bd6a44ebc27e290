-- Stores how groups order by key. Needs _parked, _places and _key_limit.

-- The most held keys that a call lets go.
local MOST_RELEASED = 200

-- Lets keys go on that wait behind a dead letter, once their group does not hold them any more.
local function release_held(group)
  local held = key('held', group)
  for _, entry in ipairs(reach('ZRANGE', held, 0, MOST_RELEASED - 1) or {}) do
    local name, id = string.match(entry, '^(%S+) (%S+)$')
    reach('ZREM', held, entry)
    if name then ordering().end_place(group, name, id) end
  end
end

-- Stores how many deliveries of a key may wait; '0' for any number. The removal lets the write through when memory is full.
local function store_backlog(group, most)
  redis.call('HDEL', settings_of(group), 'max-backlog')
  if most ~= '0' then redis.call('HSET', settings_of(group), 'max-backlog', most) end
end

-- Stores how many deliveries of a key may begin, as a host asks for it: 'count per burst', or nil for any number. The numbers are the last
-- host's, unless an operator has set others, which stay with the limit. The limit ends once no host has asked for one for a while: it is
-- '0' then, until what waits for it has been let go. Answers whether a claim is to look at what waits.
local function store_key_limit(group, wanted, now, lasts)
  local stored = reach('HMGET', settings_of(group), 'key-limit', 'key-limit-until', 'key-limit-set')
  local ends, set = whole(stored[2]) or 0, set_key_limit_of(stored[3])
  local is_obeyed = ends > now and ends <= now + math.max(lasts, FORGOTTEN)
  if not wanted and (is_obeyed or not stored[1] or stored[1] == '0') then return false end
  -- Removes nothing. It lets the write through when memory is full.
  redis.call('HDEL', settings_of(group), 'none')
  local lasting = is_obeyed and math.max(ends, now + lasts) or now + lasts
  local obeyed = wanted and set or wanted or '0'
  redis.call('HSET', settings_of(group), 'key-limit', obeyed, 'key-limit-until', int(lasting))
  if wanted and set then redis.call('HSET', settings_of(group), 'key-limit-told', wanted) end
  if not wanted then redis.call('HDEL', settings_of(group), 'key-limit-set', 'key-limit-told') end
  if not wanted or obeyed == stored[1] then return not wanted end
  recheck_limited(group, now)
  return true
end

-- Stores the mode of a group as a host knows it: '' for one that does not order; or the number of places, '1' if it holds keys behind dead
-- letters, else '0', how many of a key may wait before publishing is refused, 0 for any number, and, if it limits how many of a key begin,
-- the count, the span in microseconds and the burst. How many may wait is the last host's number. While
-- hosts differ in the rest, the one that orders most is obeyed by all: what orders less counts once no host has asked for more for a while.
-- lasts: that while in ms. Answers whether the group orders or limits no longer, so that a consumer is to let go what waits.
local function store_mode(group, mode, now, lasts)
  local places, hold, backlog, limit = string.match(mode, '^(%d+) ([01]) (%d+) ?(.*)$')
  local stored = reach('HMGET', settings_of(group), 'places', 'hold', 'places-until', 'max-backlog')
  if not stored then return end
  local before, ends = whole(stored[1]), whole(stored[3]) or 0
  if not places and not before then return end
  if (backlog or '0') ~= (stored[4] or '0') then store_backlog(group, backlog or '0') end
  local ends_limit = store_key_limit(group, limit ~= '' and limit, now, lasts)
  local wanted, holds = tonumber(places or 0), hold or '0'
  local is_stricter = wanted > 0 and ((before or 0) == 0 or wanted < before or (wanted == before and holds >= (stored[2] or '0')))
  -- What ends later than any host asks for was written before the clock went back.
  local is_obeyed = ends > now and ends <= now + math.max(lasts, FORGOTTEN)
  if not is_stricter and is_obeyed then return ends_limit end
  if wanted == 0 and before == 0 then return ends_limit end
  -- A host that asks for the same may ask less often.
  local lasting = wanted == before and is_obeyed and math.max(ends, now + lasts) or now + lasts
  -- Removes nothing. It lets the write through when memory is full.
  redis.call('HDEL', settings_of(group), 'none')
  redis.call('HSET', settings_of(group), 'places', int(wanted), 'hold', holds, 'places-until', int(lasting))
  -- Where any number of a key may run, a place only marks what was handed over: a retry that had one would hold up the others.
  if wanted == ANY_PLACES and before and before ~= wanted then redis.call('DEL', key('active', group)) end
  if before == nil or reach('SISMEMBER', SETTINGS, group) == 0 then reach('SADD', SETTINGS, group) end
  if holds == '0' and redis.call('EXISTS', key('held', group)) == 1 then release_held(group) end
  return wanted == 0 or ends_limit
end
