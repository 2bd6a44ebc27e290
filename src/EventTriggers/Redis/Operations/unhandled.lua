--[[
  Looks after the parked deliveries of a group. It notes since when no live host handles a type, and ends deliveries that no host has
  handled in time, that have expired, or that were canceled. Deliveries of a type that a live host handles are left to that host. Call it
  again from where it stopped. Its first write is a removal.

  Takes KEYS 4, ARGV 7

  KEYS[1]   root
  KEYS[2…4] parked, dead, ended  of the group
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   group
  ARGV[3]   timeout  ms after which a delivery that no host handles is a dead letter, or '' when none is to become one now
  ARGV[4]   from     the place of the first parked list to look at, from 0
  ARGV[5]   lists    the most to look at
  ARGV[6]   limit    the most deliveries to end
  ARGV[7]   channel  on which consumers are woken: a key may wait behind a delivery that ends

  Returns   the place to continue from, or -1 at the end; then four for each parked list with news: 'held' (no live host handles its type
            any more) or 'dead' (deliveries became dead letters), its type, how many deliveries, and the id of one of them
]]
local now, group, timeout, limit = now_ms(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[6])
local index, dead, ended = KEYS[2], KEYS[3], KEYS[4]
local status = 'status:' .. group
local lists = reach('ZRANGE', index, ARGV[4], ARGV[4] + ARGV[5] - 1, 'WITHSCORES') or {}
if #lists == 0 then return { -1 } end

local reply, going_on, at = { -1 }, tonumber(ARGV[4]), int(now)
-- Removes nothing. It lets the writes that follow through when memory is full.
redis.call('ZREM', index, '')

local function say(word, name, count, id)
  for _, value in ipairs({ word, type_of_list(name), count, id }) do reply[#reply + 1] = value end
end

-- A moment from an event's hash; 0 if it is not a moment in the past.
local function past(value)
  local moment = whole(value)
  return moment and moment <= now and moment or 0
end

-- Ends the oldest deliveries of a parked list, up to the first that continues to wait. Answers how many are left.
local function end_oldest(name, since)
  local list, gone, buried, lapsed = parked_list(group, name), 0, {}, {}
  local ids = redis.call('LRANGE', list, -limit, -1)
  for i = #ids, 1, -1 do
    local e = fields_of(event_key(ids[i]), status, 'at', 'due', 'expires', 'key', 'unique')
    if e[1] == 'canceled' or (e[1] == 'ready' and (whole(e[4]) or MAX) <= now) then
      lapsed[#lapsed + 1] = { ids[i], e[1] == 'canceled' and 'canceled' or 'expired', e[5] }
    elseif not e[1] or e[1] == 'ready' then
      -- A delivery that came later waits as long.
      if not timeout or math.max(since, past(e[2]), past(e[3])) + timeout > now then break end
      local why = "No process of the group handles events of type '" .. type_of_list(name) .. "', and none has for " .. int(timeout)
        .. ' ms (UnhandledTimeout).'
      buried[#buried + 1] = { ids[i], why, e[5] }
    elseif not index_of(status_of(e[1])) then
      buried[#buried + 1] = { ids[i], bad_field(status, e[1]), e[5] }
    end
    if e[6] then naming().note_end(e[6]) end
    gone = gone + 1
  end
  if gone > 0 then redis.call('RPOP', list, gone) end
  for _, one in ipairs(lapsed) do
    redis.call('HSET', event_key(one[1]), status, one[2])
    file(ended, { at, one[1] })
    if one[3] then ordering().end_place(group, one[3], one[1]) end
  end
  for _, one in ipairs(buried) do
    redis.pcall('HSET', event_key(one[1]), status, 'dead', 'error:' .. group, one[2])
    file(dead, { at, one[1] })
    ordering().end_place(group, one[3], one[1], now)
  end
  if #buried > 0 then say('dead', name, #buried, buried[1][1]) end
  limit = limit - gone
  return redis.call('LLEN', list)
end

local function look()
  for i = 1, #lists, 2 do
    local name, since = lists[i], tonumber(lists[i + 1])
    local there = reach('LLEN', parked_list(group, name))
    local left = there or 0
    -- If it cannot be read which hosts handle the type, a live one may.
    if left > 0 and (reach('ZCOUNT', handlers_of(group, name), at, '+inf') or 1) > 0 then
      if since ~= HANDLED then redis.call('ZADD', index, HANDLED, name) end
    elseif left > 0 then
      if since == HANDLED then say('held', name, left, redis.call('LINDEX', parked_list(group, name), -1)) end
      if since == HANDLED or since > now then
        since = now
        redis.call('ZADD', index, at, name)
      end
      left = end_oldest(name, since)
    end
    if left > 0 then going_on = going_on + 1
    -- A list whose key holds something else stays: its former content may be restored.
    elseif there then redis.call('ZREM', index, name) end
    if limit == 0 then
      reply[1] = left == 0 and going_on or going_on - 1
      return
    end
  end
  if #lists == 2 * ARGV[5] then reply[1] = going_on end
end

look()
write_order(ARGV[7])
if taken_names then taken_names.go_on(ARGV[7], now) end
return reply
