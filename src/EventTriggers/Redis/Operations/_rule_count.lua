-- Rule 'count': a number of events whose first and last are at most a span apart. If an event completes several such sets, the oldest
-- counts.
rules.count = {}

-- Entries and the event that is observed, oldest first; and its place.
local function insert_event(entries, event)
  local i = #entries + 1
  while i > 1 and is_before(event.at, event.entry, entries[i - 1], entries[i - 2]) do i = i - 2 end
  table.insert(entries, i, event.entry)
  table.insert(entries, i + 1, event.at)
  return entries, i
end

function rules.count.observe(case, event)
  local state, span, count, at = case.state, case.rule.span, case.rule.count, event.at
  if redis.call('ZCOUNT', state.entries.name, int(math.max(at - span, 0)), int(at + span)) + 1 >= count then
    local found, own = insert_event(between(state.entries, at - span, at + span), event)
    for i = math.max(1, own - 2 * count + 2), math.min(own, #found - 2 * count + 1), 2 do
      local last = i + 2 * count - 1
      if found[last] - found[i + 1] <= span then
        local entries = {}
        for n = i, last do entries[#entries + 1] = found[n] end
        local word = raise(case, event, sources_of(state, entries, event), found[last])
        use(state, state.entries, entries)
        return word
      end
    end
  end
  open(state, state.entries, event.entry, at, event.json)
  return 'noted'
end
