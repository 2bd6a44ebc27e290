--[[
  Explains what a trigger does with an event, by the parts that fire_matches and observe consist of. It changes nothing.

  Takes KEYS 10, ARGV 11

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   the trigger's hash
  KEYS[4]   the hash of the event that it raises for the event
  KEYS[5]   that event's seen key
  KEYS[6]   entries     of the value of the trigger's key, as are the next four; not read where the trigger has no rule over time
  KEYS[7]   answers
  KEYS[8]   details
  KEYS[9]   throttled
  KEYS[10]  distinct
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   most     values of a trigger's key for which it keeps state
  ARGV[3]   at       ms when the event was published, or '' for now
  ARGV[4]   entry    of the event, see _entries
  ARGV[5]   id       of the event
  ARGV[6]   source   the event as JSON
  ARGV[7]   trigger  its id
  ARGV[8]   version  of the trigger
  ARGV[9]   raised   id of the event that it raises
  ARGV[10]  member   of KEYS[2] for the value of the trigger's key, or '' where the trigger has no rule over time
  ARGV[11]  roles    'a' begins, 'b' follows, or 'ab'

  Returns   the outcome: a word of fire_matches or observe; 'over' for an event from after the end of the trigger. Then the time,
            and the id that the trigger raised for the event, or ''. For a rule over time more: the event's scores in entries and in
            answers, as they are or would be, or ''; when it is due to fire, or ''; '1' if earlier events may have been forgotten; and five
            lists: open entries near the event, each with its ms; the same of answers; the first answer to the event and its ms; when the
            trigger fired near that moment; the event that had the distinct value before, and its ms
]]
local now, most = now_ms(ARGV[1]), tonumber(ARGV[2])
local at, id, version, wanted, member = tonumber(ARGV[3]) or now, ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local MOST_LISTED = 1000
local rule = read_rule(KEYS[3])
local case = {
  id = id, hash = KEYS[3], rule = rule, member = member, throttled = KEYS[9], state = state_of(KEYS[6], KEYS[7], KEYS[8]),
}
local event = {
  at = at, entry = ARGV[4], id = ARGV[5], json = ARGV[6], trail = '', trace = '', raised = wanted, seen = KEYS[5], payload = '',
  begins = ARGV[11] ~= 'b', follows = ARGV[11] ~= 'a',
}

function raise(_, _, _, due)
  if not raised_for(id, wanted, event.seen, at, event.json) then return 'repeated' end
  local refused = refusal_of_limit(rule, case.throttled, due)
  if refused then return refused end
  case.due = due
  return 'fired'
end

function wait() end

-- The value is not added: a new one is one more.
function count_values(_, name) return redis.call('PFCOUNT', name) + 1 end

-- The event that the trigger raised for this one: that with its source, or else that with its id; or ''.
local function find_raised()
  if raised_for(id, wanted, event.seen, at, event.json) then return '' end
  local n, rest = 1, string.sub(wanted, #id + 2)
  while n <= 100 and redis.call('EXISTS', event_key(numbered(id, n, rest))) == 1 do
    if is_raised(numbered(id, n, rest), id, event.json) then return numbered(id, n, rest) end
    n = n + 1
  end
  return wanted
end

-- Whether the keys of the rule hold something of another type.
local function is_foreign()
  for i, expected in ipairs({ 'zset', 'zset', 'hash', 'zset', 'string' }) do
    if wrong_type(KEYS[i + 5], expected) then return true end
  end
  return wrong_type(KEYS[2], 'zset') or wrong_type(live_key(member, rule, now), 'string')
end

local function explain()
  if not rule.is_foreign and rule.version ~= version then return 'ended' end
  if not is_readable(rule) then return 'unreadable' end
  if member == '' then return case.raised ~= '' and 'repeated' or refusal(rule, at) or 'fired' end
  if rule.is_unreadable or not rules[rule.kind or ''] then return 'unreadable' end
  if is_foreign() then return 'foreign' end
  return refusal_over_time(case, event, KEYS[10], most, now) or rules[rule.kind].observe(case, event)
end

local function contains(entries, entry)
  for i = 1, #entries, 2 do
    if entries[i] == entry then return true end
  end
end

-- The score of the event in a set: as it is, or as the observation would write it.
local function own_score(set)
  local score = is_seen(set, event.entry)
  for i = 2, #set.scores, 2 do
    if set.scores[i] == event.entry then score = set.scores[i - 1] end
  end
  return score or ''
end

-- The burst to which the event belongs.
local function burst_of_event()
  local all, i = between(case.state.entries, 0, MAX, 0, MOST_LISTED), 1
  if not contains(all, event.entry) then all = insert_event(all, event) end
  while all[i] do
    local burst, last, due = burst_from(rule, all, i)
    if contains(burst, event.entry) then
      case.due = due
      return burst
    end
    i = last + 2
  end
end

-- Open entries that count with the event.
local function list(set)
  if rule.kind == 'each' then return {} end
  if rule.kind == 'debounce' then
    return set == case.state.entries and (tonumber(own_score(set)) or -1) >= 0 and burst_of_event() or {}
  end
  return between(set, at - rule.span, at + rule.span, 0, MOST_LISTED)
end

local function recent_firings()
  if rule.limit == 0 then return {} end
  local near, from, to = {}, int((case.due or at) - rule.limit_span), int((case.due or at) + rule.limit_span)
  local found = redis.call('ZRANGE', case.throttled, from, to, 'BYSCORE', 'LIMIT', 0, MOST_LISTED, 'WITHSCORES')
  for i = 2, #found, 2 do near[#near + 1] = found[i] end
  return near
end

-- The ms of entries as texts.
local function texts(entries)
  for i = 2, #entries, 2 do entries[i] = int(entries[i]) end
  return entries
end

case.raised = is_readable(rule) and find_raised() or ''
local outcome = explain()
local reply = { outcome, int(now), case.raised }
if member == '' or outcome == 'foreign' or outcome == 'unreadable' or outcome == 'ended' then return reply end
local state = case.state
local entries = list(state.entries)
local answer, answer_at
if rule.kind == 'without' then answer, answer_at = first_after(state.answers, at, event.entry, at + rule.span) end
if rule.kind == 'without' and event.begins then case.due = at + rule.span end
for _, part in ipairs({
  own_score(state.entries), own_score(state.answers), case.due and int(case.due) or '', case.is_stale and '1' or '', texts(entries),
  texts(list(state.answers)), answer and { answer, int(answer_at) } or {}, recent_firings(),
  outcome == 'repeated' and case.values and { case.values[2], int(case.values[1]) } or {},
}) do reply[#reply + 1] = part end
return reply
