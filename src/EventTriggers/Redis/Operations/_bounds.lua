-- Bounds the number and age of the entries that a trigger over time keeps for one value of its key. case: see _rules. Needs _state,
-- _dropping.

local MOST_OPEN, MOST_USED, LONG_AFTER = 1000, 10000, 30 * 86400000

-- The end of a burst, by its first event and its last one so far.
local function end_of_burst(rule, first, at) return math.min(at + rule.span, first + rule.longest_wait) end

-- Entries that are not needed beside their neighbours: of events that follow one another closely, all but the first and last of a burst, as
-- long as the rest still forms one burst; of answers, those that another answer follows soon enough.
local function redundant_among(rule, all, is_burst)
  local found, first, kept = {}, all[2], all[2]
  for i = 3, #all - 3, 2 do
    local at, next = all[i + 1], all[i + 3]
    if is_burst and at >= end_of_burst(rule, first, kept) then first, kept = at, at
    elseif next - kept > rule.span - (is_burst and 1 or 0) or (is_burst and next >= end_of_burst(rule, first, at)) then kept = at
    else
      found[#found + 1] = all[i]
      found[#found + 1] = at
    end
  end
  return found
end

-- Uses the oldest open entries of a set where there are too many. Answers the newest of those, entry and ms, or nil.
local function bound_open(case, set)
  local state, rule = case.state, case.rule
  local count = redis.call('ZCOUNT', set.name, 0, '+inf')
  if count > MOST_OPEN and (rule.kind == 'debounce' or (rule.kind == 'without' and set == state.answers)) then
    local redundant = redundant_among(rule, between(set, 0, MAX), set == state.entries)
    use(state, set, redundant)
    count = count - #redundant / 2
    write(state)
  end
  if count <= MOST_OPEN then return nil end
  local oldest = between(set, 0, MAX, 0, count - MOST_OPEN)
  use(state, set, oldest)
  write(state)
  -- Entries older than a span could only have helped events that come late.
  if set == state.entries and (rule.waits or oldest[#oldest] >= state.newest - rule.span) then
    drop(case, 'full', 'More than ' .. MOST_OPEN .. ' events of one value of its key count or wait: the oldest were dropped.')
  end
  return oldest[#oldest - 1], oldest[#oldest]
end

-- Forgets the oldest used entries of a set where there are too many. Answers the newest of those, entry and ms, or nil.
local function bound_used(set)
  local used = redis.call('ZCOUNT', set.name, '-inf', '(0')
  if used <= MOST_USED then return nil end
  local newest = redis.call('ZRANGE', set.name, MOST_USED, MOST_USED, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', set.name, MOST_USED, used - 1)
  return newest[1], below(tonumber(newest[2]))
end

-- Events older than the dropped entries can no longer be judged.
local function bound_count(case, set)
  local entry, at = bound_open(case, set)
  local used, used_at = bound_used(set)
  if used and (not entry or used_at > at) then entry, at = used, used_at end
  if entry then redis.call('HSET', case.state.details, 'h', int(at) .. ' ' .. entry) end
end

-- Forgets entries that no event to come can need.
local function bound_age(case, set)
  local state, rule = case.state, case.rule
  local oldest = state.newest - rule.lasts
  if not rule.waits or set == state.answers then
    local old = between(set, 0, oldest - 1, 0, 100)
    local names, fields = {}, {}
    for i = 1, #old, 2 do
      names[#names + 1] = old[i]
      fields[#fields + 1] = set.source .. old[i]
    end
    write_all('ZREM', set.name, names)
    write_all('HDEL', state.details, fields)
  end
  redis.call('ZREMRANGEBYSCORE', set.name, '(' .. int(below(oldest)), '(0')
end

-- Writes the changes that were noted. Each eighth entry checks the bounds. is_due: whether an entry waits for its moment.
local function save(case, is_due)
  local state, rule = case.state, case.rule
  write(state)
  for _, set in ipairs({ state.entries, state.answers }) do
    if set.added > 0 and redis.call('ZCARD', set.name) % 8 < set.added then
      bound_age(case, set)
      bound_count(case, set)
    end
  end
  if not state.entries.is_written and not state.answers.is_written then return end
  local lasts = int(is_due and rule.lasts + LONG_AFTER or rule.lasts)
  redis.call('PEXPIRE', state.entries.name, lasts)
  redis.call('PEXPIRE', state.details, lasts)
  if rule.kind == 'then' or rule.kind == 'without' then redis.call('PEXPIRE', state.answers.name, lasts) end
end
