-- Rule 'then': an event, and another within a span after it. The oldest event that waits goes with the first that follows it.
rules['then'] = {}

-- An event counts once, in whatever role.
local function use_up(case, event, entry, at)
  local state = case.state
  for role, set in pairs({ begins = state.entries, follows = state.answers }) do
    local has_role = event[role]
    if entry ~= event.entry then has_role = is_seen(set, entry) end
    if has_role then use(state, set, { entry, at }) end
  end
end

local function fire_pair(case, event, entry, at, next, next_at)
  local word = raise(case, event, sources_of(case.state, { entry, at, next, next_at }, event), next_at)
  use_up(case, event, entry, at)
  use_up(case, event, next, next_at)
  return word
end

rules['then'].observe = function(case, event)
  local state, span, at, entry = case.state, case.rule.span, event.at, event.entry
  if event.follows then
    local oldest = between(state.entries, at - span, at, 0, 1)
    if oldest[1] and is_before(oldest[2], oldest[1], at, entry) then return fire_pair(case, event, oldest[1], oldest[2], entry, at) end
  end
  if event.begins then
    local next, next_at = first_after(state.answers, at, entry, at + span)
    if next then return fire_pair(case, event, entry, at, next, next_at) end
    open(state, state.entries, entry, at, event.json)
  end
  if event.follows then open(state, state.answers, entry, at, event.json) end
  return 'noted'
end
