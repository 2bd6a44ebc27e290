-- Ready deliveries whose type the host that claimed them does not handle: parked, by type, for the hosts of the group that do. Only groups
-- whose hosts handle different types have any.

-- An index of a group holds which lanes of parked deliveries there are, and since when no live host handles their type: HANDLED while one
-- does, or while nobody has looked yet. A lane is called by its type, one of quarantined deliveries with '!' behind it: no type has that.
local HANDLED = -1

-- Who has not registered its types for so long is gone, whatever it said.
local FORGOTTEN = 7200000

local function parked_index(group) return key('parked', group) end
local function parked_lane(group, lane) return key('parked', group .. ':' .. lane) end
local function type_of_lane(lane) return string.match(lane, '^[^!]+') end

-- The hosts of a group that handle a type: consumer -> ms until which it counts as alive.
local function handlers_of(group, lane) return key('handlers', group .. ':' .. type_of_lane(lane)) end

-- Whether a type is a name that a host can handle.
local function is_type(name) return name and #name <= 200 and string.match(name, '^[%w._:/+-]+$') end

-- Wakes one consumer that waits and handles the type. One that does not wait claims again by itself.
local function wake_handler(channel, group, lane)
  for _, consumer in ipairs(redis.pcall('ZREVRANGE', handlers_of(group, lane), 0, 99)) do
    if redis.pcall('ZREM', key('waiting', group), consumer) == 1 then
      local heard = redis.pcall('PUBLISH', channel .. ':' .. consumer, group)
      if heard ~= 0 or string.sub(consumer, 1, 1) == '~' then return end
    end
  end
end
