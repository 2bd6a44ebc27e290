-- Rule 'without': an event, and no other within a span after it. Each event waits for an answer, and fires if it has none when its time is
-- up.
rules.without = {}

-- Uses the entries that an event answers, and says whether there are any.
local function answer(case, event)
  local state, answered = case.state, {}
  mark(state.answers, event.entry, event.at)
  local found = between(state.entries, event.at - case.rule.span, event.at)
  for i = 1, #found, 2 do
    if is_before(found[i + 1], found[i], event.at, event.entry) then
      answered[#answered + 1] = found[i]
      answered[#answered + 1] = found[i + 1]
    end
  end
  use(state, state.entries, answered)
  return #answered > 0
end

function rules.without.observe(case, event)
  local state, span, at, entry = case.state, case.rule.span, event.at, event.entry
  case.has_answered = event.follows and answer(case, event)
  if event.begins then
    if first_after(state.answers, at, entry, at + span) then use(state, state.entries, { entry, at })
    else open(state, state.entries, entry, at, event.json, need_of(event), event.trace) end
  end
  return 'noted'
end

-- Fires the events that have no answer when their time is up. Answers when the next is due, or nil.
function rules.without.fire_elapsed(case, now)
  local found, due = between(case.state.entries, 0, MAX, 0, MOST_FIRED + 1), nil
  for i = 1, #found, 2 do
    due = found[i + 1] + case.rule.span
    if due > now or has_done_enough() or i > 2 * MOST_FIRED then return due end
    local later = waits_until(case, due)
    if later then return later end
    finish(case, found[i], found[i + 1], due, { found[i], found[i + 1] })
  end
end
