-- Rule 'debounce': events after which no other comes for a span, or that have waited long enough; it fires with the last of them.
rules.debounce = {}

-- fire_waiting.lua finds out when that is.
function rules.debounce.observe(case, event)
  open(case.state, case.state.entries, event.entry, event.at, event.json, need_of(event), event.trace)
  wait(case, math.min(tonumber(redis.call('ZSCORE', KEYS[2], case.member) or MAX), event.at + case.rule.span))
  return 'noted'
end

-- The burst that begins with one of some entries, the place of its last entry, and when it ends. An event at the end of a burst, or later,
-- belongs to the next.
local function burst_from(rule, all, i)
  local last, burst, due = i, { all[i], all[i + 1] }, end_of_burst(rule, all[i + 1], all[i + 1])
  while all[last + 2] and all[last + 3] < due do
    last = last + 2
    burst[#burst + 1] = all[last]
    burst[#burst + 1] = all[last + 1]
    due = end_of_burst(rule, all[i + 1], all[last + 1])
  end
  return burst, last, due
end

-- Fires one burst after the other. Answers when the next is due, or nil.
function rules.debounce.fire_elapsed(case, now)
  local rule, all, i = case.rule, between(case.state.entries, 0, MAX), 1
  while all[i] do
    local burst, last, due = burst_from(rule, all, i)
    if due > now or has_done_enough() then return due end
    local later = waits_until(case, due - 1)
    if later then return later end
    finish(case, all[last], all[last + 1], due, burst)
    i = last + 2
  end
end
