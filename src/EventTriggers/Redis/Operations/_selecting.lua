-- Whether deliveries are what a query asks for. A filter that is '' lets all pass.

-- The fields of an event's hash that a query of a group reads, in the order that has_wanted() expects.
local function wanted_fields(group) return { 'status:' .. group, 'error:' .. group, 'type', 'correlation', 'firing', 'at', 'key' } end

-- Whether the filters ask for the values of fields: events whose hash cannot be read do not pass then.
local function asks_for_fields(filter)
  return filter.type ~= '' or filter.correlation ~= '' or filter.error ~= '' or filter.firing ~= '' or filter.key ~= ''
end

-- filter.error is in lower case; filter.firing is how the firing of a trigger begins.
local function has_wanted(filter, e)
  return (filter.type == '' or e[3] == filter.type) and (filter.correlation == '' or e[4] == filter.correlation)
    and (filter.error == '' or (e[2] and string.find(string.lower(e[2]), filter.error, 1, true) ~= nil))
    and (filter.firing == '' or (e[5] and string.sub(e[5], 1, #filter.firing) == filter.firing))
    and (filter.key == '' or e[7] == filter.key)
end
