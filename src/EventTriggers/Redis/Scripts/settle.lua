--[[
  Records what became of leased deliveries, with the events that their handlers published.
  Its first write is a removal, so it works when memory is full.

  KEYS[1]   root
  KEYS[2…8] ready, delayed, leased, done, dead, ended, suspects  of the group
  KEYS[9…]  the hashes of the deliveries; then those, and the routes, of the follow-up events
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   group
  ARGV[4]   dedup     ms that an id which the caller chose is remembered
  ARGV[5]   count     of deliveries
  ARGV[6…9] done cap, done age ms, dead cap, dead age ms
  ARGV[10…] for each delivery: id, fence, outcome, delay ms, error, handlers that succeeded, number of follow-ups, and
            eight for each follow-up as in publish.lua
            outcome: done | retry | dead | release (unspent attempt, at once) | skip (unspent attempt, later) | cancel

  Returns   for each delivery 'ok', 'repeated' (this fence settled it before), 'lost' (the fence is old), or 'gone' (it is forgotten)
]]
local now, group, count = now_ms(ARGV[1]), ARGV[3], tonumber(ARGV[5])
local ready, leased, done, dead, ended, suspects = KEYS[2], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local words, items, held = {}, {}, {}

local function judge(e, fence)
  if not e[1] then return 'gone' end
  if e[2] ~= fence then return 'lost' end
  return e[1] == 'leased' and 'ok' or 'repeated'
end

local i = 10
for n = 1, count do
  local e = redis.call('HMGET', KEYS[8 + n], 'status:' .. group, 'fence:' .. group, 'attempt:' .. group, 'skips:' .. group, 'cancel:' .. group,
    'crashes:' .. group)
  words[n] = judge(e, ARGV[i + 1])
  items[n] = { at = i, event = KEYS[8 + n], attempt = tonumber(e[3] or 0), skips = tonumber(e[4] or 0), cancel = e[5],
    crashes = e[6] }
  if words[n] == 'ok' then held[#held + 1] = ARGV[i] end
  i = i + 7 + 8 * tonumber(ARGV[i + 6])
end
if #held == 0 then return words end
redis.call('ZREM', leased, unpack(held))

local released, suspected, lists = {}, {}, { [done] = {}, [dead] = {}, [ended] = {} }

local function settle(item)
  local id, outcome, delay = ARGV[item.at], ARGV[item.at + 2], ARGV[item.at + 3]
  local fields = {}
  local function set(field, value)
    fields[#fields + 1] = field .. ':' .. group
    fields[#fields + 1] = value
  end
  local function place(status, list, score)
    set('status', status)
    append(lists, list, score, id)
  end

  if item.cancel and outcome ~= 'done' and outcome ~= 'dead' then outcome = 'cancel' end
  if outcome == 'done' then place('processed', done, now)
  elseif outcome == 'dead' then place('dead', dead, now)
  elseif outcome == 'cancel' then place('canceled', ended, now)
  elseif outcome == 'retry' or outcome == 'skip' then
    set('status', 'delayed')
    append(outbox.delayed, group, now + delay, id)
    if outcome == 'skip' then
      set('attempt', item.attempt - 1)
      set('skips', item.skips + 1)
    end
  else
    set('status', 'ready')
    set('attempt', item.attempt - 1)
    sort_ready(suspected, released, item.crashes, id)
  end
  if ARGV[item.at + 4] ~= '' then set('error', ARGV[item.at + 4]) end
  if ARGV[item.at + 5] ~= '' then set('handled', ARGV[item.at + 5]) end
  redis.call('HSET', item.event, unpack(fields))
  for f = 1, tonumber(ARGV[item.at + 6]) do accept(item.at + 8 * f - 1, now, ARGV[4]) end
end

for n = 1, count do
  if words[n] == 'ok' then settle(items[n]) end
end
for list, entries in pairs(lists) do
  if #entries > 0 then redis.call('ZADD', list, unpack(entries)) end
end
push(suspects, suspected)
-- To the front: they have waited their turn already.
local awake = #released > 0 and redis.call('RPUSH', ready, unpack(released)) == #released
if #lists[done] > 0 then forget_events(done, ARGV[6], ARGV[7], now) end
if #lists[dead] > 0 then forget_events(dead, ARGV[8], ARGV[9], now) end
if #lists[ended] > 0 then forget_events(ended, ARGV[6], ARGV[7], now) end
send(ARGV[2])
if awake or #suspected > 0 then ring(ARGV[2], group) end
return words
