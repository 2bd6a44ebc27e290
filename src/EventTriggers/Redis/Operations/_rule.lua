-- The rule of a trigger over time, from the fields of its hash. Needs _matching.

local RULE_FIELDS = { 'over', 'throttle', 'distinct', unpack(TRIGGER_FIELDS) }
local KINDS = { each = true, count = true, ['then'] = true, without = true, debounce = true }
local SHORTEST = 60000

-- Reads a trigger with its rule: kind (each, count, then, without, debounce), count, span in ms, longest_wait in ms; limit: how often it
-- fires at most in limit_span ms; distinct_span: for how many ms a value of its field 'distinct' counts once. 0 stands for no limit, and
-- for no distinct values.
local function read_rule(hash)
  local rule = read_fields(hash, RULE_FIELDS)
  local kind, count, span, longest_wait = string.match(rule.over or '', '^(%l+) (%d+) (%d+) (%d+)$')
  local limit, limit_span = string.match(rule.throttle or '', '^(%d+) (%d+)$')
  rule.kind, rule.count, rule.span, rule.longest_wait = kind, tonumber(count), tonumber(span), tonumber(longest_wait)
  rule.limit, rule.limit_span = tonumber(limit or not rule.throttle and 0 or nil), tonumber(limit_span or 0)
  rule.distinct_span = tonumber(string.match(rule.distinct or '0', '^%d+'))
  -- Another program has written into it: its events are dropped, or tried again later, and other triggers continue.
  rule.is_unreadable = not KINDS[kind] or is_bad(rule.fired) or is_bad(rule.times) or is_bad(rule['until']) or is_bad(rule.start)
    or not rule.limit or not rule.distinct_span
  -- Whether its events wait for a moment of their own, and stay until that has come, however late a process looks.
  rule.waits = kind == 'without' or kind == 'debounce'
  -- How much older than the newest an event may be; and how long the state of a value is kept, so that such an event finds what it needs.
  local longest = math.max(rule.span or 0, rule.limit_span, rule.distinct_span or 0)
  rule.late = math.max(2 * longest, SHORTEST)
  rule.lasts = rule.late + longest
  return rule
end
