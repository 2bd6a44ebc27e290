--[[
  Records what became of leased deliveries, with the events that their handlers published.
  Its first write is a removal, so it works when memory is full.

  Takes KEYS 8 + *, ARGV 10 + *

  KEYS[1]   root
  KEYS[2…8] ready, delayed, leased, done, dead, ended, suspects  of the group
  KEYS[9…]  the hashes of the deliveries, plain ones first: handled at their first claim, with nothing else to say of them; then the hashes
            of the follow-up events, then their routes and seen ids
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   group
  ARGV[4]   dedup     ms that an id which the caller chose is remembered
  ARGV[5]   plain     how many of the deliveries are
  ARGV[6]   others    how many are not
  ARGV[7…10] done cap, done age ms, dead cap, dead age ms
  ARGV[11…] for each of the others: fence, outcome, delay ms, error, handlers that succeeded, number of follow-ups, number of values that
            tell them, and those, see accept()
            outcome: done | retry | dead | release (unspent attempt, at once) | skip (unspent attempt, parked for hosts that handle its type) |
            cancel (where that was asked for; else it is a release)

  Returns   two for each delivery that was refused: its place among all, from 0, and 'lost' (its fence is old) or 'gone' (it is forgotten).
            One that its fence settled before is not refused
]]
local now, group, plain, others = now_ms(ARGV[1]), ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6])
local ready, leased, done, dead, ended, suspects = KEYS[2], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local status, fence, at = 'status:' .. group, 'fence:' .. group, int(now)
local refused, settled, items, leases = {}, {}, {}, {}

local function refuse(n, word)
  refused[#refused + 1] = n - 1
  refused[#refused + 1] = word
end

-- Whether a claim still holds a delivery. What a first claim holds has no fence in its hash.
local function holds(n, claim)
  local e = fields_of(KEYS[8 + n], status, fence)
  if e[1] and (e[2] or '1') == claim then return status_of(e[1]) == 'leased' end
  refuse(n, e[1] and 'lost' or 'gone')
end

-- Giving a lease back by its name is the proof that it was held, for all plain ones in one command; where one of them is missing, each is looked at.
local ids = {}
for n = 1, plain do ids[n] = id_of(KEYS[8 + n]) end
local held_all = plain > 0 and reach('ZREM', leased, unpack(ids)) == plain
for n = 1, plain do
  if held_all or holds(n, '1') then settled[#settled + 1] = n end
end

local i, k = 11, 9 + plain + others
for n = plain + 1, plain + others do
  if holds(n, ARGV[i]) then
    items[#items + 1] = { event = KEYS[8 + n], at = i, followups = k }
    leases[#leases + 1] = lease_of(id_of(KEYS[8 + n]), ARGV[i])
  end
  i, k = i + 7 + ARGV[i + 6], k + ARGV[i + 5]
end
if #settled + #items == 0 then return refused end
if #leases > 0 then reach('ZREM', leased, unpack(leases)) end

local released, suspected, parked, lists = {}, {}, {}, { [done] = {}, [dead] = {}, [ended] = {} }
for _, n in ipairs(settled) do
  local added = redis.pcall('HSET', KEYS[8 + n], status, 'processed')
  if added == 0 then
    append(lists, done, at, ids[n])
  else
    -- A field that is new: the hash was gone. Or the key holds something else by now.
    if added == 1 then redis.call('DEL', KEYS[8 + n]) end
    refuse(n, 'gone')
  end
end

local function settle(item)
  local id, claim, outcome, delay = id_of(item.event), ARGV[item.at], ARGV[item.at + 1], ARGV[item.at + 2]
  local e = redis.call('HMGET', item.event, 'attempt:' .. group, 'cancel:' .. group, 'crashes:' .. group)
  -- From here on the hash may be ready again: then it has to say how often it was claimed.
  local fields, why = { fence, claim }, ARGV[item.at + 3]
  local function place(word, list)
    add_field(fields, status, word)
    append(lists, list, at, id)
  end

  -- For those that handle its type. A name that no host can handle is no reason to wait.
  local function park(name)
    if is_type(name) then
      add_field(fields, status, 'ready')
      append(parked, (whole(e[3]) or 0) >= SUSPECT and name .. '!' or name, id)
    else
      place('dead', dead)
      why = bad_field('type', name or '')
    end
  end

  -- Whoever says that it was cancelled may have been told so by anybody: the hash knows.
  if e[2] and outcome ~= 'done' and outcome ~= 'dead' then outcome = 'cancel'
  elseif outcome == 'cancel' and not e[2] then outcome = 'release' end
  if outcome == 'done' then place('processed', done)
  elseif outcome == 'dead' then place('dead', dead)
  elseif outcome == 'cancel' then place('canceled', ended)
  elseif outcome == 'retry' then
    add_field(fields, status, 'delayed')
    append(outbox.delayed, group, now + delay, id)
  elseif outcome == 'skip' then park(redis.call('HGET', item.event, 'type'))
  else
    add_field(fields, status, 'ready')
    sort_ready(suspected, released, e[3], id)
  end
  if outcome == 'skip' or outcome == 'release' then add_field(fields, 'attempt:' .. group, int((whole(e[1]) or 1) - 1)) end
  add_field(fields, 'error:' .. group, why)
  add_field(fields, 'handled:' .. group, ARGV[item.at + 4])
  redis.call('HSET', item.event, unpack(fields))
  accept(item.followups, item.at + 7, tonumber(ARGV[item.at + 5]), now, ARGV[4])
end

for _, item in ipairs(items) do settle(item) end
-- What was handled stays so, whatever its index holds: run again it would come to the same end.
for list, entries in pairs(lists) do file(list, entries) end
push(suspects, suspected)
-- To the front: they have waited their turn already.
push_in_front(ready, released)
for lane, some in pairs(parked) do
  push(parked_lane(group, lane), some)
  if not reach('ZADD', parked_index(group), 'NX', HANDLED, lane) then stray('parked', { group .. ':' .. lane }) end
end
if #lists[done] > 0 then forget_events(done, ARGV[7], ARGV[8], now) end
if #lists[dead] > 0 then forget_events(dead, ARGV[9], ARGV[10], now) end
if #lists[ended] > 0 then forget_events(ended, ARGV[7], ARGV[8], now) end
send(ARGV[2])
if #released + #suspected > 0 then wake(ARGV[2], group) end
for lane in pairs(parked) do wake_handler(ARGV[2], group, lane) end
return refused
