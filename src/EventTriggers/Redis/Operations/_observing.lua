-- Decides whether a trigger over time skips an event, without changing anything. case and event: see _rules. Needs _matching, _entries,
-- _distinct, _key_values.

-- Whether an event was observed before. An event that follows is noted as such, even if it also begins.
local function is_repeated(case, event)
  local rule, state = case.rule, case.state
  if rule.kind ~= 'each' then return is_seen(event.follows and state.answers or state.entries, event.entry) end
  return rule.distinct_span > 0 and not raised_for(case.id, event.raised, event.seen, event.at, event.json)
end

-- Whether an event is so much older than others that entries which it needs may be forgotten.
local function is_late(case, event)
  local rule, state = case.rule, case.state
  if rule.kind == 'each' then return false end
  local newest, answers = newest_in(state.entries), (rule.kind == 'then' or rule.kind == 'without') and newest_in(state.answers)
  newest = math.max(newest or answers or event.at, answers or newest or event.at)
  state.newest = math.max(newest, event.at)
  local dropped_at, entry = string.match(redis.call('HGET', state.details, 'h') or '', '^(%d+) (.+)$')
  return event.at < newest - rule.late or (dropped_at and not is_before(tonumber(dropped_at), entry, event.at, event.entry))
end

-- Why an event is skipped, or nil. distinct: where the event's value of a distinct field is kept; most: see is_crowded(). What
-- note_value() needs, or the event that had the value, is added to the case.
local function refusal_over_time(case, event, distinct, most, now)
  local rule, state = case.rule, case.state
  if is_repeated(case, event) then return 'repeated' end
  local refused = refusal(rule, event.at)
  if refused then return refused end
  if is_late(case, event) then return 'late' end
  if is_crowded(case, distinct, most, now) then return 'crowded' end
  -- Earlier events may have been forgotten, and nothing else would show it.
  if now - event.at > rule.lasts then
    case.is_stale = redis.call('EXISTS', state.entries.name, state.answers.name, case.throttled, distinct) == 0
  end
  if rule.distinct_span == 0 or not event.begins then return nil end
  refused, case.values, case.floor = refusal_of_value(rule, event, distinct)
  return refused
end
