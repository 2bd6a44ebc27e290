-- Whether triggers are what a query asks for. A filter that is '' lets all pass.

local TRIGGER_FIELDS = { 'status', 'kind', 'type', 'on', 'due', 'added', 'version' }
local STATUSES = { active = true, paused = true, ['completed'] = true, canceled = true }
local KINDS = { at = true, on = true, every = true, cron = true }

-- The filters of a call, whose first one is argument i.
local function filter_of_triggers(arguments, i)
  return {
    status = arguments[i], kind = arguments[i + 1], type = arguments[i + 2], on = arguments[i + 3],
    from = tonumber(arguments[i + 4]), before = tonumber(arguments[i + 5]),
  }
end

-- t: the fields above. What cannot be read counts as an active trigger that fires once, as it does where it is shown.
local function is_wanted_trigger(filter, t)
  local status, kind, due = STATUSES[t[1]] and t[1] or 'active', KINDS[t[2]] and t[2] or 'at', whole(t[5])
  return (filter.status == '' or filter.status == status) and (filter.kind == '' or filter.kind == kind)
    and (filter.type == '' or filter.type == t[3])
    and (filter.on == '' or (t[4] and string.find(',' .. t[4] .. ',', ',' .. filter.on .. ',', 1, true) ~= nil))
    and (not filter.from or (due and due >= filter.from)) and (not filter.before or (due and due < filter.before))
end
