-- Order by key. A group that orders handles at most so many deliveries of one key at a time: so many places has a key. A delivery takes a
-- place when it is claimed, and keeps it until it ends, whatever becomes of its consumers. The others of its key wait in a backlog, in the
-- order in which they became ready. The settings of the group hold the number of places, and whether a dead letter keeps its own. Needs
-- _deliveries.
--   active      hash: key -> the ids that have its places, separated by spaces
--   backlog     list, for each key: the ids that wait for a place, the next one at its end. In order, those that a batch handles with the
--               first of the key stay there while they are leased, so that they keep their order whatever becomes of the batch
--   backlogs    zset: key -> since when it has a backlog, in ms
--   backlogged  string: how many deliveries wait, in all backlogs together; without those that a batch handles
--   held        zset: 'key id' of each dead letter that keeps its place -> since when, in ms
--   limited     zset: key -> when the next of those that wait may begin, in ms, where the group limits how many of a key begin. Until then
--               nothing of the key is handed over
--   limit:$key:GROUP:KEY  string: what that limit has granted, as in _limits. It is taken when a delivery is leased

-- The most deliveries that a call lets go in a group that orders no longer, and the most backlogs that it looks at; and the most keys that
-- it lets go because their moment has come.
local MOST_LET_GO, MOST_BACKLOGS, MOST_LIMITED = 200, 20, 100

-- The most deliveries of a key that a batch handles; and the most that were canceled while they waited, and are dropped in a row.
local MOST_IN_BATCH, MOST_DROPPED = 1000, 100

-- So many places has a key where a group only limits how many begin. There, a delivery has a place only from when its turn has come until
-- it is leased: one at a time, or as many as the limit grants.
local ANY_PLACES = 1000000

-- The functions below, once a call has needed them: most calls need none, and a server defines each function anew in each call.
local order

local function ordering()
  if order then return order end
  local groups = {}

  -- Notes how many deliveries of a key may begin. What is not 'count per burst' says that the group limits no longer, and that what waits
  -- is to go on.
  local function set_limit(o, text)
    local count, per, burst = string.match(text, '^([1-9]%d*) ([1-9]%d*) ([1-9]%d*)$')
    -- No limit has more digits than that: such numbers would be too large for the times that come of them.
    if count and #count <= 7 and #per <= 13 and #burst <= 5 then o.span, o.burst = per / count, tonumber(burst) end
    o.is_limited, o.limits, o.limited, o.room = true, {}, key('limited', o.group), MOST_LET_GO
    if o.places >= ANY_PLACES then o.places, o.is_any = 1, true end
  end

  -- A group that orders, or false. One that orders no longer, and has backlogs left, has 0 places.
  local function group_of_order(name)
    local o = groups[name]
    if o == nil then
      local stored = reach('HMGET', key('settings', name), 'places', 'hold', 'key-limit') or {}
      local count = whole(stored[1])
      o = count and {
        group = name, places = count, holds = stored[2] == '1', active = {}, changed = {}, ready = {}, quarantined = {}, waiting = 0,
        list = key('backlog', name .. ':'), lists = key('backlogs', name), held = key('held', name),
      }
      if o and count > 0 and (stored[3] or count >= ANY_PLACES) then set_limit(o, stored[3] or '') end
      groups[name] = o or false
    end
    return o
  end

  -- What is known of the places of a key is the text of the hash: the ids that have them, separated by spaces, or none. Mostly it is one.
  local function count_of(ids)
    if ids == '' then return 0 end
    return string.find(ids, ' ', 1, true) and select(2, string.gsub(ids, '%S+', '')) or 1
  end

  local function contains(ids, id)
    return ids == id or #ids > #id and string.find(' ' .. ids .. ' ', ' ' .. id .. ' ', 1, true) ~= nil
  end

  local function without(ids, id)
    if ids == id then return '' end
    local others = {}
    for one in string.gmatch(ids, '%S+') do
      if one ~= id then others[#others + 1] = one end
    end
    return table.concat(others, ' ')
  end

  -- The key that an id begins with, where the caller did not choose the id. Only the hash says for sure.
  local function likely_key(id)
    local slash = string.find(id, '/', 2, true)
    return slash and string.sub(id, 1, slash - 1)
  end

  -- Reads in one command who has the places of the keys that deliveries probably have. Answers those keys, or false, for each delivery.
  local function load(o, ids)
    local names, unknown, active = {}, {}, o.active
    for i, id in ipairs(ids) do
      local name = likely_key(id)
      names[i] = name or false
      if name and not active[name] then unknown[#unknown + 1], active[name] = name, '' end
    end
    local texts = #unknown > 0 and reach('HMGET', key('active', o.group), unpack(unknown))
    if texts == nil then o.is_foreign = true end
    for i, name in ipairs(texts and unknown or {}) do active[name] = texts[i] or '' end
    return names
  end

  -- The deliveries that have the places of a key.
  local function active_ids(o, name)
    local ids = o.active[name]
    if not ids then
      local stored = reach('HGET', key('active', o.group), name)
      ids, o.is_foreign = stored or '', o.is_foreign or stored == nil
      o.active[name] = ids
    end
    return ids
  end

  local function set_active(o, name, ids) o.active[name], o.changed[name] = ids, true end

  local function activate(o, name, id)
    local ids = o.active[name]
    set_active(o, name, ids == '' and id or ids .. ' ' .. id)
  end

  -- The status of a delivery, and how many consumers it has crashed.
  local function turn_state(o, id)
    local word, crashes = unpack(fields_of(event_key(id), 'status:' .. o.group, 'crashes:' .. o.group))
    return status_of(word), crashes
  end

  -- Makes a delivery ready that has left its backlog, unless a batch handles it. One that need not be handled any more is dropped when it
  -- is claimed.
  local function make_ready(o, id, word, crashes)
    if word == 'leased' then return end
    o.waiting = o.waiting - 1
    sort_ready(o.quarantined, o.ready, crashes, id)
  end

  local function forget_empty(o, name)
    if redis.call('EXISTS', o.list .. name) == 0 then reach('ZREM', o.lists, name) end
  end

  -- Whether deliveries of any key wait: mostly none does.
  local function has_backlogs(o)
    if o.has_backlogs == nil then o.has_backlogs = redis.call('EXISTS', o.lists) == 1 end
    return o.has_backlogs
  end

  -- Takes the next delivery of a key out of its backlog, with its state. Those that were canceled while they waited end here, so that
  -- nothing waits for them that a batch handles.
  local function take_next(o, name)
    for n = 0, MOST_DROPPED do
      local id = reach('RPOP', o.list .. name)
      if not id then
        if n > 0 then forget_empty(o, name) end
        return
      end
      local word, crashes = turn_state(o, id)
      if word ~= 'canceled' or n == MOST_DROPPED then return id, word, crashes end
      o.waiting = o.waiting - 1
      file(key('ended', o.group), { now_ms(ARGV[1]), id })
    end
  end

  -- Gives the free places of a key to those that wait, the first ones first, and makes them ready behind the deliveries of other keys.
  -- granted: how many the limit of the key grants, where the group has one and the call knows that. Otherwise the claim finds it out.
  local function hand_over(o, name, granted)
    if not has_backlogs(o) or (o.is_limited and not granted and reach('ZSCORE', o.limited, name)) then return end
    local free = (o.is_any and granted or math.max(o.places, 1)) - count_of(active_ids(o, name))
    if granted then free = math.min(free, granted) end
    -- If it cannot be read who has the places, none is given.
    for _ = 1, o.is_foreign and 0 or free do
      local id, word, crashes = take_next(o, name)
      if not id then return end
      forget_empty(o, name)
      activate(o, name, id)
      make_ready(o, id, word, crashes)
    end
  end

  local function has_backlog(o, name) return has_backlogs(o) and redis.call('EXISTS', o.list .. name) == 1 end

  -- Lets a ready delivery wait behind the others of its key, or in front of them. Answers whether it does.
  local function let_wait(o, name, id, is_first, now)
    local length = reach(is_first and 'RPUSH' or 'LPUSH', o.list .. name, id)
    if not length then return stray('event', { id }) end
    if length == 1 and not reach('ZADD', o.lists, int(now), name) then stray('backlog', { o.group .. ':' .. name }) end
    o.waiting, o.has_backlogs = o.waiting + 1, true
    return true
  end

  -- Whether a ready delivery has a place, or takes one now. If not, it waits behind the others of its key; one that has given its place
  -- back until its next attempt, in front of them.
  local function take_place(o, name, id, is_retry, now)
    local ids = active_ids(o, name)
    -- Where any number of a key may be handled, one that has begun before asks the limit before those that wait.
    if o.places == 0 or (o.is_any and is_retry) or contains(ids, id) then return true end
    if count_of(ids) < o.places and not has_backlog(o, name) then
      if not o.is_any then activate(o, name, id) end
      return true
    end
    if let_wait(o, name, id, is_retry, now) then hand_over(o, name) end
    return false
  end

  -- Whether a ready delivery has to wait for others of its key, and is put behind them. Mostly its likely key and two fields are enough to
  -- say so.
  local function has_to_wait(o, name, id, status_field, fence_field, now)
    local ids = name and o.active[name]
    if not ids or ids == '' or o.places == 0 or count_of(ids) < o.places or contains(ids, id) then return false end
    local found, word, fence = unpack(fields_of(event_key(id), 'key', status_field, fence_field))
    if found ~= name or word ~= 'ready' then return false end
    return not take_place(o, name, id, fence, now)
  end

  -- Whether a delivery that has no place is among the next of its key, where those may be handled in a batch. Dead letters that were
  -- redriven may stand in front of them.
  local function is_next(o, name, id)
    if o.places > 1 or o.is_any or not has_backlogs(o) or contains(active_ids(o, name), id) then return false end
    o.next = o.next or {}
    local ids = o.next[name]
    if not ids then
      ids = {}
      for _, one in ipairs(reach('LRANGE', o.list .. name, -2 * MOST_IN_BATCH, -1) or {}) do ids[one] = true end
      o.next[name] = ids
    end
    return ids[id] == true
  end

  -- Whether a leased delivery is still in the backlog of its key, because a batch handles it with those before it, and is to wait there
  -- for them: whenever it comes again, and if it ends before them; but not if it is a dead letter that its key does not wait for.
  local function waits_again(group, name, id, is_dead)
    local o = group_of_order(group)
    if not o or (is_dead and not o.holds) or not is_next(o, name, id) then return false end
    o.waiting = o.waiting + 1
    return true
  end

  -- Whether a leased delivery is still in the backlog of a key that is to wait for its dead letters: then it can become one only when its
  -- turn has come.
  local function holds_behind(group, name, id)
    local o = group_of_order(group)
    return o and o.holds and is_next(o, name, id)
  end

  -- Takes a delivery out of its backlog that has ended before those in front of it.
  local function end_in_backlog(o, name, id)
    reach('LREM', o.list .. name, -1, id)
    forget_empty(o, name)
  end

  -- The key of a delivery. If its hash is gone, the beginning of its id says it.
  local function key_of(name, id) return name or likely_key(id) end

  -- Ends the place of a delivery that has ended, or that waits for its next attempt without one. A dead letter keeps its place where the
  -- group holds keys behind dead letters. dead_at: ms for a dead letter, or nil.
  local function end_place(group, name, id, dead_at)
    local o = group_of_order(group)
    name = o and key_of(name, id)
    local ids = name and active_ids(o, name)
    if not ids or not contains(ids, id) then return end
    if dead_at and o.holds then
      reach('ZADD', o.held, int(dead_at), name .. ' ' .. id)
      return
    end
    set_active(o, name, without(ids, id))
    hand_over(o, name)
  end

  -- The same for a delivery that was leased.
  local function end_leased(group, name, id, dead_at)
    local o = group_of_order(group)
    name = o and key_of(name, id)
    if name and is_next(o, name, id) then end_in_backlog(o, name, id)
    elseif name then end_place(group, name, id, dead_at) end
  end

  -- The same for many that were handled. Where none waits, a key whose one place ends is just forgotten.
  local function end_places(o, ids)
    local names, gone = {}, {}
    for i, id in ipairs(ids) do names[i] = likely_key(id) or '' end
    local texts = #ids > 0 and reach('HMGET', key('active', o.group), unpack(names)) or {}
    for i, id in ipairs(ids) do
      local name = names[i]
      if texts[i] ~= id then
        if texts[i] or not o.is_any then end_place(o.group, redis.call('HGET', event_key(id), 'key'), id) end
      elseif has_backlogs(o) then
        o.active[name] = id
        end_place(o.group, name, id)
      else gone[#gone + 1] = name end
    end
    if #gone > 0 then redis.call('HDEL', key('active', o.group), unpack(gone)) end
  end

  -- The same by the new status of a delivery. In order, it keeps its place until its next attempt.
  local function leave_place(group, name, id, status, now)
    local o = group_of_order(group)
    local keeps = o and status == 'delayed' and o.places == 1 and not o.is_any
    if o and not keeps then end_leased(group, name, id, status == 'dead' and now or nil) end
  end

  -- Notes that a key does not wait behind a dead letter any more. Answers the key, and whether it did.
  local function end_hold(group, event, id)
    local o = group_of_order(group)
    local name = o and key_of(fields_of(event, 'key')[1], id)
    return name, name and reach('ZREM', o.held, name .. ' ' .. id) == 1
  end

  -- Ends the place of a dead letter that is given up or forgotten. Answers the key, if it waited behind it.
  local function end_dead(group, event, id)
    local name, was_held = end_hold(group, event, id)
    if name then end_place(group, name, id) end
    return was_held and name
  end

  -- Makes some deliveries ready that wait in a group which orders no longer; at the end, forgets that it has.
  local function let_go(o)
    local names, room = reach('ZRANGE', o.lists, 0, MOST_BACKLOGS - 1) or {}, MOST_LET_GO
    for _, name in ipairs(names) do
      for _, id in ipairs(room > 0 and pop(o.list .. name, room) or {}) do
        make_ready(o, id, turn_state(o, id))
        room = room - 1
      end
      forget_empty(o, name)
    end
    if #names > 0 then return end
    redis.call('DEL', key('active', o.group), o.held, key('backlogged', o.group), key('limited', o.group))
    redis.call('HDEL', key('settings', o.group), 'places', 'hold', 'places-until', 'max-backlog', 'key-limit', 'key-limit-until',
      'key-limit-set', 'key-limit-told')
    if redis.call('EXISTS', key('settings', o.group)) == 0 then reach('SREM', root .. ':settings', o.group) end
    groups[o.group] = false
  end

  -- Writes how many deliveries wait: none, once no key has a backlog.
  local function write_count(o)
    local name = key('backlogged', o.group)
    local count = (whole(reach('GET', name)) or 0) + o.waiting
    if count > 0 and redis.call('EXISTS', o.lists) == 1 then redis.call('SET', name, int(count)) else redis.call('DEL', name) end
  end

  -- Writes who has the places of the keys for which that has changed.
  local function write_active(o)
    local kept, gone = {}, {}
    for name in pairs(o.changed) do
      local ids = o.active[name]
      if ids == '' then gone[#gone + 1] = name else kept[#kept + 1], kept[#kept + 2] = name, ids end
    end
    if #gone > 0 then reach('HDEL', key('active', o.group), unpack(gone)) end
    if #kept > 0 then reach('HSET', key('active', o.group), unpack(kept)) end
  end

  -- What limits how many deliveries of a key begin, once a call has needed it.
  local limits

  local function limiting()
    if limits then return limits end

    -- The string of a limit is forgotten so many ms after its last grant has run out: there may be millions of keys. How long a key waits
    -- whose limit cannot be read, in ms. Rounding must not make a grant late by a call.
    local LASTS, FOREIGN_PAUSE, EXACT = 60000, 1000, 0.000001

    -- The clock in microseconds. Each script that has places has the pinned time first.
    local time = ARGV[1] == '' and redis.call('TIME')
    local now = time and time[1] * 1000000 + time[2] or tonumber(ARGV[1]) * 1000

    -- What a key has taken of its limit, as it is now: how many grants are outstanding. False where that cannot be read: then nothing is
    -- granted. It counts as _limits does; a key does not stand still.
    local function limit_of(o, name)
      local limit = o.limits[name]
      if limit ~= nil then return limit end
      local at = key('limit', '$key:' .. o.group .. ':' .. name)
      local text = redis.pcall('GET', at)
      limit = { at = at, outstanding = 0, is_changed = false }
      if type(text) == 'table' or (not text and wrong_type(at, 'string')) then
        note_foreign(at)
        limit = false
      elseif text then
        local since, outstanding = string.match(text, '^(%d+) (%d+%.%d+) 0$')
        since, outstanding = whole(since), tonumber(outstanding)
        -- One that something else has written counts as used up. If the clock went back, no time has passed as far as anybody knows. No
        -- more are outstanding than the burst, even if that was larger before: a key waits no longer than the limit says.
        limit.is_changed = not since or since > now
        limit.outstanding = since and math.max(0, math.min(outstanding, o.burst) - math.max(0, now - since) / o.span) or o.burst
      end
      o.limits[name] = limit
      return limit
    end

    -- How many deliveries of a key may begin now, and when the next may, in ms.
    local function room_of(o, name)
      if not o.burst then return MOST_LET_GO, math.floor(now / 1000) end
      local limit = limit_of(o, name)
      if not limit then return 0, math.floor(now / 1000) + FOREIGN_PAUSE end
      local free = o.burst - limit.outstanding
      return math.max(0, math.floor(free + EXACT)), math.ceil((now + math.max(0, 1 - free) * o.span) / 1000)
    end

    -- Lets as many of a key go on as may begin now; or notes when the next may: at once, if the call has let enough go.
    local function pass_on(o, name)
      if not has_backlog(o, name) then return end
      local granted, moment = room_of(o, name)
      local most, before = math.min(granted, o.room), o.waiting
      if most > 0 then hand_over(o, name, most) end
      o.room = o.room - (before - o.waiting)
      if most == 0 then reach('ZADD', o.limited, int(moment), name) end
    end

    -- Takes the grant of a delivery that is about to be leased. If there is none, the delivery gives its place back and waits in front of
    -- the others of its key. Answers whether it may begin.
    local function take(o, name, id, at)
      local granted, moment = room_of(o, name)
      local may_begin = granted > 0
      if may_begin and o.burst then
        local limit = limit_of(o, name)
        limit.outstanding, limit.is_changed = limit.outstanding + 1, true
      end
      if (o.is_any or not may_begin) and contains(active_ids(o, name), id) then set_active(o, name, without(o.active[name], id)) end
      if may_begin then pass_on(o, name)
      elseif let_wait(o, name, id, true, at) then reach('ZADD', o.limited, int(moment), name)
      end
      return may_begin
    end

    -- Gives the grant of a delivery back that no handler has begun. What has run out of it meanwhile has counted for those that came later.
    -- at: when it was granted, in ms.
    local function give_back(group, name, at)
      local o = group_of_order(group)
      local limit = o and o.burst and limit_of(o, name)
      if not limit or at * 1000 > now then return end
      limit.outstanding = math.max(0, limit.outstanding - math.max(0, 1 - (now - at * 1000) / o.span))
      limit.is_changed = true
      if reach('ZSCORE', o.limited, name) then redis.call('ZADD', o.limited, int(math.floor(now / 1000)), name) end
    end

    -- Lets the keys go on whose moment has come; and those with a moment later than any can be, which was written before the clock went
    -- back, or when the limit was lower. If the group limits no longer, all of them.
    local function let_limited_go(o, at)
      local first, names = head(o.limited), {}
      local latest = o.burst and at + math.max(math.ceil(o.span / 1000), FOREIGN_PAUSE) + 1 or -1
      local function look(from, to)
        local found = reach('ZRANGE', o.limited, from, to, 'BYSCORE', 'LIMIT', 0, MOST_LIMITED)
        for _, name in ipairs(found) do names[#names + 1] = name end
        o.has_more = o.has_more or not o.burst or #found == MOST_LIMITED
      end
      if first and first <= at then look('-inf', int(at)) end
      if first and tail(o.limited) > latest then look('(' .. int(math.max(at, latest)), '+inf') end
      if #names > 0 then redis.call('ZREM', o.limited, unpack(names)) end
      for _, name in ipairs(names) do pass_on(o, name) end
      if not first and not o.burst and not o.is_any then redis.call('HDEL', key('settings', o.group), 'key-limit', 'key-limit-until') end
      push(key('ready', o.group), o.ready)
      push(key('quarantine', o.group), o.quarantined)
      o.ready, o.quarantined = {}, {}
    end

    -- When the next key may go on, in ms, or nil.
    local function next_limited(o, at) return o.has_more and at or head(o.limited) end

    local function write_limits(o)
      for _, limit in pairs(o.limits) do
        if limit and limit.is_changed then
          local lasts = math.ceil(limit.outstanding * o.span / 1000) + LASTS
          redis.call('SET', limit.at, int(now) .. ' ' .. string.format('%.9f', limit.outstanding) .. ' 0', 'PX', int(lasts))
        end
      end
    end

    limits = {
      room_of = room_of, take = take, give_back = give_back, let_limited_go = let_limited_go, next_limited = next_limited,
      write_limits = write_limits,
    }
    return limits
  end

  -- Writes what changed. Answers the groups that got ready deliveries.
  local function write_changes()
    local woken = {}
    for group, o in pairs(groups) do
      if o then
        write_active(o)
        if o.waiting ~= 0 then write_count(o) end
        if o.limits and next(o.limits) then limiting().write_limits(o) end
        if #o.ready + #o.quarantined > 0 then woken[#woken + 1] = group end
        push(key('ready', group), o.ready)
        push(key('quarantine', group), o.quarantined)
      end
      groups[group] = nil
    end
    return woken
  end

  order = {
    group = group_of_order, load = load, active_ids = active_ids, set_active = set_active, without = without, hand_over = hand_over,
    forget_empty = forget_empty, has_to_wait = has_to_wait, take_place = take_place, waits_again = waits_again,
    holds_behind = holds_behind, end_place = end_place, end_leased = end_leased, end_places = end_places, leave_place = leave_place,
    end_hold = end_hold, end_dead = end_dead, let_go = let_go, limiting = limiting, write_changes = write_changes,
  }
  return order
end

-- Writes what the call changed, and wakes a consumer of each group whose deliveries got a place. Among the last things of a script.
local function write_order(channel)
  for _, group in ipairs(order and order.write_changes() or {}) do wake(channel, group) end
end
