-- Bounds the number of key values for which a trigger over time keeps state. Needs _rules.

-- The key that counts the current values of a trigger's key.
local function live_key(member, rule, now)
  return key('live', string.match(member, '^[^#]+#[^#]+')) .. '#' .. int(math.floor(now / rule.lasts))
end

-- Whether an event brings a new value of the key, and there are more than most. Values are counted, within one percent, for as long as
-- their state is kept; values that have state continue. distinct: where the event's value of a distinct field is kept.
local function is_crowded(case, distinct, most, now)
  local rule = case.rule
  local is_distinct = rule.distinct_span > 0
  if string.sub(case.member, -2) == '#-' and not is_distinct then return false end
  local name = live_key(case.member, rule, now)
  if count_values(rule, name, is_distinct and distinct or case.member) <= most then return false end
  if is_distinct then return redis.call('EXISTS', distinct) == 0 end
  return redis.call('EXISTS', case.state.entries.name, case.state.answers.name, case.throttled) == 0
end
