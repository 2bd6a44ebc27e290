-- Rule 'each': every event, within the limits of the trigger.
rules.each = {}

-- No state is needed: the raised event shows that this one was seen.
function rules.each.observe(case, event)
  return raise(case, event, '[' .. event.json .. ']', event.at)
end
