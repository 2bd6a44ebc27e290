--[[
  Lets triggers over time observe events, and fires those that an event completes. An event counts once however often it is delivered, by
  the moment when it was published, and in the order in which events were accepted.

  Takes KEYS 3 + 8n, ARGV 6 + 12n

  KEYS[1]   root
  KEYS[2]   triggers        zset: id -> ms when it is due; id#version#key of a trigger over time that waits for a moment
  KEYS[3]   triggers:ended
  KEYS[4…]  eight for each: the trigger's hash, the raised event's hash, its seen key, entries, answers, details, throttled, distinct
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   channel  on which consumers are woken
  ARGV[3]   dedup    ms that the raised ids are remembered
  ARGV[4]   cap      of ended triggers
  ARGV[5]   age      ms that ended triggers are remembered
  ARGV[6]   most     values of a trigger's key for which it keeps state
  ARGV[7…]  twelve for each: ms when the event was published, its entry (see _entries), its id, the event as JSON, and the raised event's
            trail (see add_trail()) and the context of the span that fires, or ''; the trigger's id, its version, the raised event's id, its
            payload or '', member of KEYS[2], roles ('a' begins, 'b' follows, or 'ab')

  Returns   for each 'fired', 'last' (it fired, for the last time), 'noted', 'repeated', 'throttled', 'paused', 'early', 'ended',
            'unreadable' (another program has written into its hash), 'foreign' (one of its keys holds something of another type: the event
            is to be observed again later), or 'again' (the script has done enough). Dropped events are answered as well. Alone: 'late' (the
            event is too much older than others that were seen), 'crowded' (there are too many values of the key), 'unreadable' (another
            program has written into the trigger's rule). Behind another word: 'full' (the oldest that waited were dropped), or 'stale'
            (earlier events may have been forgotten)
]]
local now, dedup, most = now_ms(ARGV[1]), ARGV[3], tonumber(ARGV[6])
local outcomes, triggers, first = {}, {}, head(KEYS[2])
local can_wait = not wrong_type(KEYS[2], 'zset')

-- Lets a case wait for a moment: the earliest that was requested.
function wait(case, due)
  redis.call('ZADD', KEYS[2], int(due), case.member)
  case.is_due = true
end

function raise(case, event, sources, due)
  local raised = raised_for(case.id, event.raised, event.seen, event.at, event.json)
  if not raised then return 'repeated' end
  local refused = refusal_of_limit(case.rule, case.throttled, due)
  if refused then return refused end
  note_firing(case.rule, case.throttled, raised, due)
  return fire_once({
    id = case.id, hash = case.hash, trigger = case.rule, raised = raised, seen = event.seen, dedup = dedup, at = event.at, due = due,
    now = now, sources = sources, payload = event.payload, trail = event.trail, trace = event.trace,
  })
end

-- The number of values, by the key that counts them: counted once per call.
local value_counts = {}

function count_values(rule, name, value)
  local changed = redis.call('PFADD', name, value)
  if changed == 1 then redis.call('PEXPIRE', name, int(2 * rule.lasts)) end
  value_counts[name] = value_counts[name] or redis.call('PFCOUNT', name)
  return value_counts[name]
end

-- Lets a case of rule 'without' wait for its oldest event that has no answer.
local function wait_for_oldest(case)
  write(case.state)
  local oldest = between(case.state.entries, 0, MAX, 0, 1)[2]
  if oldest then wait(case, oldest + case.rule.span) elseif case.has_answered then redis.call('ZREM', KEYS[2], case.member) end
end

-- The outcome of an event that is not skipped, followed by 'full' or 'stale' if that applies.
local function apply(case, event)
  local outcome, count = rules[case.rule.kind].observe(case, event), #dropped
  if case.rule.kind == 'without' then wait_for_oldest(case) end
  save(case, case.is_due)
  if #dropped > count then return outcome .. ' full' end
  return case.is_stale and outcome .. ' stale' or outcome
end

local function note_refusal(case, refused)
  if refused == 'late' then
    drop(case, refused, 'An event was passed over: it was matched after others with the same value of the key that are more than '
      .. int(case.rule.late) .. ' ms newer.')
  elseif refused == 'crowded' then
    drop(case, refused, 'Its key has more than ' .. int(most) .. ' values in ' .. int(case.rule.lasts)
      .. ' ms: events with further ones are passed over.')
  end
end

-- The case and the event of the nth slots.
local function read_slots(n, rule)
  local k, a = 8 * n - 4, 12 * n - 5
  local roles = ARGV[a + 11]
  local case = {
    id = ARGV[a + 6], hash = KEYS[k], rule = rule, member = ARGV[a + 10], throttled = KEYS[k + 6],
    state = state_of(KEYS[k + 3], KEYS[k + 4], KEYS[k + 5]),
  }
  return case, {
    at = tonumber(ARGV[a]), entry = ARGV[a + 1], id = ARGV[a + 2], json = ARGV[a + 3], trail = ARGV[a + 4], trace = ARGV[a + 5],
    raised = ARGV[a + 8], seen = KEYS[k + 2], payload = ARGV[a + 9], begins = roles ~= 'b', follows = roles ~= 'a',
  }
end

local function observe(n)
  if spent > BUDGET then return 'again' end
  local hash, version, distinct = KEYS[8 * n - 4], ARGV[12 * n + 2], KEYS[8 * n + 3]
  local rule = triggers[hash] or read_rule(hash)
  triggers[hash] = rule
  if not rule.is_foreign and rule.version ~= version then return 'ended' end
  if not is_readable(rule) or not rules[rule.kind or ''] then return 'unreadable' end
  local case, event = read_slots(n, rule)
  spent = spent + 10
  if rule.is_unreadable then
    drop(case, 'unreadable', UNREADABLE)
    return 'unreadable'
  end
  if rule.waits and not can_wait then return 'foreign' end
  local refused = refusal_over_time(case, event, distinct, most, now)
  if refused then
    note_refusal(case, refused)
    return refuse(case.id, hash, rule, refused)
  end
  if case.values then note_value(rule, event, distinct, case.values, case.floor) end
  return apply(case, event)
end

-- A foreign key of one trigger does not end the observation of others.
local function try_to_observe(n)
  local is_done, outcome = pcall(observe, n)
  if is_done then return outcome end
  local k, a = 8 * n - 4, 12 * n - 5
  local is_foreign = are_foreign(KEYS[k + 3], 'zset', KEYS[k + 4], 'zset', KEYS[k + 5], 'hash', KEYS[k + 6], 'zset', KEYS[k + 7], 'string',
    live_key(ARGV[a + 10], triggers[KEYS[k]], now), 'string')
  return is_foreign and 'foreign' or error(outcome, 0)
end

for n = 1, (#KEYS - 3) / 8 do outcomes[n] = try_to_observe(n) end
end_triggers(KEYS[2], KEYS[3], completed, ARGV[4], ARGV[5], now)
send(ARGV[2])
local earliest = head(KEYS[2])
if earliest and (not first or earliest < first) then wake_for_triggers(ARGV[2]) end
return outcomes
