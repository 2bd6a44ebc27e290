--[[
  Records what became of leased deliveries, with the events that their handlers published. Its first write is a removal, so it works when
  memory is full.

  Takes KEYS 7 + *, ARGV 9 + *

  KEYS[1]   root
  KEYS[2…7] ready, leased, done, dead, ended, quarantine  of the group
  KEYS[8…]  the hashes of the deliveries; then the hashes of the follow-up events, then their routes and seen ids
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   group
  ARGV[4]   dedup     ms that an id which the caller chose is remembered
  ARGV[5]   count     of deliveries
  ARGV[6…9] done cap, done age ms, dead cap, dead age ms
  ARGV[10…] for each delivery: fence, outcome, delay ms, error, handlers that succeeded, the context of the span of this attempt or '', the
            stack trace of its failure or '', number of follow-ups, number of values that describe them, and those values, see accept(). The
            outcome is 'done', 'retry', 'dead',
            'release' (at once, the attempt is not counted; a delay is the moment, in unix ms, of the grant of its key's limit that it
            gives back, because no handler has begun),
            'later' (as 'retry', but the attempt is not counted),
            'skip' (parked for hosts that handle its type, the attempt is not counted; the delay as for 'release'), or
            'cancel' (if a cancellation was requested; else it is a release)

  Returns   two for each delivery of which something else was recorded than was asked: its place among all, from 0, and the outcome, or
            'lost' (nothing, because its fence is old) or 'gone' (nothing, because it is forgotten). A delivery that the same fence settled
            before is not among them, whatever was recorded then
]]
local now, channel, group, dedup = now_ms(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local count, at = tonumber(ARGV[5]), int(now)
local leased, done, dead, ended, quarantine = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local status_field, fence_field, attempt_field = 'status:' .. group, 'fence:' .. group, 'attempt:' .. group

-- Where the settled deliveries go: filed by index; ready again by the kind of their list, or in a parked list by its name.
local filed = { [done] = {}, [dead] = {}, [ended] = {} }
local released, quarantined, parked, failed = {}, {}, {}, 0

-- The keys of deliveries that another consumer has by now, in a group that handles those of a key one after another.
local lost_keys = {}

local function note_lost(event)
  local name = fields_of(event, 'key')[1]
  local o = name and ordering().group(group)
  if o and o.places == 1 and not o.is_any then lost_keys[name] = true end
end

-- Finds which deliveries are held.
local function held_items()
  local items, a, k = {}, 10, 8 + count
  for n = 1, count do
    if is_held(n, KEYS[7 + n], group, ARGV[a]) then
      items[#items + 1] = {
        place = n, id = id_of(KEYS[7 + n]), event = KEYS[7 + n],
        fence = ARGV[a], outcome = ARGV[a + 1], delay = ARGV[a + 2], error = ARGV[a + 3], handled = ARGV[a + 4], trace = ARGV[a + 5],
        stack = ARGV[a + 6], followups = tonumber(ARGV[a + 7]), followup_keys = k, followup_values = a + 9,
      }
    elseif differences[#differences] == 'lost' then note_lost(KEYS[7 + n])
    end
    a, k = a + 9 + ARGV[a + 8], k + ARGV[a + 7]
  end
  return items
end

local function take_leases(items)
  local leases = {}
  for i, item in ipairs(items) do leases[i] = lease_of(item.id, item.fence) end
  reach('ZREM', leased, unpack(leases))
end

-- The final outcome. A handler that says it was canceled may have acted on a forged message: only the hash says whether it was.
local function outcome_of(item, cancel)
  if cancel and item.outcome ~= 'done' and item.outcome ~= 'dead' then return 'cancel' end
  if item.outcome == 'cancel' and not cancel then return 'release' end
  return item.outcome
end

-- The outcomes that spend no attempt.
local unspent = { release = true, skip = true, later = true }

-- Those with which it waits for others of its key that a batch handled before it, see waits_again().
local may_wait = { release = true, retry = true, later = true, done = true, dead = true }

local function delay(item)
  if item.waits_again then return 'ready' end
  outbox.retried[group] = (outbox.retried[group] or 0) + 1
  append(outbox.delayed, group, now + item.delay, item.id)
  return 'delayed'
end

-- Each moves a delivery to where its outcome leads, and answers the new status, and an error that is not the handler's.
local places = {
  done = function(item)
    append(filed, done, at, item.id)
    return 'processed'
  end,
  dead = function(item)
    append(filed, dead, at, item.id)
    return 'dead'
  end,
  cancel = function(item)
    append(filed, ended, at, item.id)
    return 'canceled'
  end,
  retry = function(item)
    failed = failed + 1
    return delay(item)
  end,
  later = function(item)
    local field = 'later:' .. group
    redis.call('HSET', item.event, field, int((whole(redis.call('HGET', item.event, field)) or 0) + 1))
    return delay(item)
  end,
  release = function(item, crashes)
    if item.waits_again then return 'ready' end
    local kind = redis.call('EXISTS', PRIORITIZED) == 1 and ranked_kind(group, unpack(fields_of(item.event, 'priority', 'key'))) or 'ready'
    released[kind] = released[kind] or {}
    sort_ready(quarantined, released[kind], crashes, item.id)
    return 'ready'
  end,
  -- Parked for hosts that handle its type. A type that no host can handle is not waited for.
  skip = function(item, crashes)
    local name = redis.call('HGET', item.event, 'type')
    if is_type(name) then
      append(parked, (whole(crashes) or 0) >= QUARANTINED_AT and name .. '!' or name, item.id)
      return 'ready'
    end
    append(filed, dead, at, item.id)
    return 'dead', bad_field('type', name or '')
  end,
}

-- Notes an attempt that failed or was canceled; or a success after attempts that were noted.
local function note(item, outcome, attempt, held)
  if unspent[outcome] then return end
  -- A redrive counts attempts anew, but not claims.
  if outcome == 'done' and (tonumber(item.fence) < 2 or redis.call('EXISTS', attempts_of(group, item.id)) == 0) then return end
  local is_over = outcome == 'done' or outcome == 'cancel'
  local lasts = math.max(tonumber(ARGV[7]), is_over and 0 or tonumber(ARGV[9])) + (outcome == 'retry' and item.delay or 0)
  note_attempt(group, item.id, {
    ended = now, number = attempt or 1, outcome = outcome, consumer = holder_of(held), error = item.error, stack = item.stack,
  }, lasts)
end

local function settle(item)
  local attempt, cancel, crashes, held, name, unique = unpack(redis.call(
    'HMGET', item.event, attempt_field, 'cancel:' .. group, 'crashes:' .. group, status_field, 'key', 'unique'))
  local outcome = outcome_of(item, cancel)
  item.waits_again = name and may_wait[outcome] and ordering().waits_again(group, name, item.id, outcome == 'dead')
  -- Nor does it end here if another consumer handles one of its key again that this one has handled before it.
  local comes_again = item.waits_again or (name and lost_keys[name] and may_wait[outcome])
  if comes_again and (outcome == 'done' or outcome == 'dead') then outcome, item.followups = 'release', 0 end
  local status, trouble = places[outcome](item, crashes)
  local recorded = status == 'dead' and 'dead' or outcome
  if recorded ~= item.outcome then differs(item.place, recorded) end
  -- From here on the delivery may be ready again, so its hash must say how often it was claimed.
  local fields = { fence_field, item.fence, status_field, status }
  if unspent[outcome] then add_field(fields, attempt_field, int((whole(attempt) or 1) - 1)) end
  add_field(fields, 'error:' .. group, trouble or item.error)
  add_field(fields, 'handled:' .. group, item.handled)
  add_field(fields, 'trace:' .. group, item.trace)
  redis.call('HSET', item.event, unpack(fields))
  note(item, outcome, whole(attempt), held)
  if name and status ~= 'ready' then ordering().leave_place(group, name, item.id, status, now)
  elseif name and item.delay ~= '0' and not comes_again then ordering().limiting().give_back(group, name, tonumber(item.delay))
  end
  if unique then naming().note_end(unique) end
  accept(item.followup_keys, item.followup_values, item.followups, now, dedup, take_name)
end

-- Adds settled deliveries to their indexes. A handled delivery stays handled even if its index's key holds something else: run again, it
-- would end the same way.
local function file_all()
  for index, entries in pairs(filed) do file(index, entries) end
  push(quarantine, quarantined)
  -- To the front, because they have waited their turn already.
  for kind, ids in pairs(released) do push_in_front(key(kind, group), ids) end
  for name, ids in pairs(parked) do
    push(parked_list(group, name), ids)
    if not reach('ZADD', parked_index(group), 'NX', HANDLED, name) then stray('parked', { group .. ':' .. name }) end
  end
end

local function count_outcomes()
  count_rate(now, group, 'processed', #filed[done] / 2)
  count_rate(now, group, 'failed', failed + #filed[dead] / 2)
  count_rate(now, group, 'dead', #filed[dead] / 2)
end

local function forget_old()
  if #filed[done] > 0 then forget_events(done, ARGV[6], ARGV[7], now) end
  if #filed[dead] > 0 then forget_events(dead, ARGV[8], ARGV[9], now, forget_dead(group)) end
  if #filed[ended] > 0 then forget_events(ended, ARGV[6], ARGV[7], now) end
end

local items = held_items()
if #items == 0 then return differences end
take_leases(items)
for _, item in ipairs(items) do settle(item) end
file_all()
forget_old()
count_outcomes()
local handed_over = order and order.write_changes()
send(channel)
local is_woken = next(released) ~= nil
if is_woken then wake(channel, group) end
if handed_over then
  for _, one in ipairs(handed_over) do
    if one ~= group or not is_woken then wake(channel, one) end
  end
end
for name in pairs(parked) do wake_handler(channel, group, name) end
if taken_names then taken_names.go_on(channel, now) end
return differences
