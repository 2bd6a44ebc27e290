-- Rule 'debounce': events after which no other comes for a span, or that have waited long enough; it fires with the last of them.
rules.debounce = {}

-- fire_waiting.lua finds out when that is.
function rules.debounce.observe(case, event)
  open(case.state, case.state.entries, event.entry, event.at, event.json, need_of(event))
  wait(case, math.min(tonumber(redis.call('ZSCORE', KEYS[2], case.member) or MAX), event.at + case.rule.span))
  return 'noted'
end

-- Fires one burst after the other. An event at the end of a burst, or later, belongs to the next. Answers when the next is due, or nil.
function rules.debounce.fire(case, now)
  local rule, all, i = case.rule, between(case.state.entries, 0, MAX), 1
  while all[i] do
    local last, burst, due = i, { all[i], all[i + 1] }, end_of_burst(rule, all[i + 1], all[i + 1])
    while all[last + 2] and all[last + 3] < due do
      last = last + 2
      burst[#burst + 1] = all[last]
      burst[#burst + 1] = all[last + 1]
      due = end_of_burst(rule, all[i + 1], all[last + 1])
    end
    if due > now or has_done_enough() then return due end
    local later = waits_until(case, due - 1)
    if later then return later end
    finish(case, all[last], all[last + 1], due, burst)
    i = last + 2
  end
end
