-- The rules over time, one file per rule. A rule observes an event in observe.lua; one whose events wait for their moment fires in
-- fire_waiting.lua.
--   case   a trigger and one value of its key: id, hash, rule (see _rule), state (see _state), throttled (see _rate_limit), member of
--          the trigger set
--   event  what a rule observes: at (ms when it was published), entry, id, json, whether it begins or follows; raised (the id of what it
--          raises), and that event's seen key, payload, trail and trace
local rules = {}

-- Defined by observe.lua, and by explain.lua, where they change nothing: raises the event of a case from the JSON of its sources; lets it
-- wait until a moment; adds a value to those of a trigger's key, and answers how many there are.
local raise, wait, count_values

-- Defined by fire_waiting.lua: until when a case waits for events that are not matched yet, or nil; firing an entry and using others; and
-- whether the script has done enough.
local waits_until, finish, has_done_enough

local MOST_FIRED = 50

-- The rest that a firing needs of an event that waits for its moment.
local function need_of(event) return event.raised .. ' ' .. #event.trail .. ' ' .. event.trail .. event.payload end
