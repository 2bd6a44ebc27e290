-- Rule 'each': every event, within the limits of the trigger.
rules.each = {}

-- Nothing has to be kept: that the event was raised says that this one was seen.
function rules.each.observe(case, event)
  return raise(case, event, '[' .. event.json .. ']', event.at)
end
