-- Parked deliveries are ready ones that were claimed by a host that does not handle their type. They wait by type for the hosts of the
-- group that do. Only groups whose hosts handle different types have any.

-- The index of a group holds the names of its parked lists, and since when no live host handles their type: HANDLED while one does, or
-- while it has not been checked yet. A list is named by its type; one of quarantined deliveries has '!' behind it, which no type has.
local HANDLED = -1

-- A consumer that has not registered its types for so many ms is gone, however long it was to count as alive.
local FORGOTTEN = 7200000

local function parked_index(group) return key('parked', group) end
local function parked_list(group, name) return key('parked', group .. ':' .. name) end
local function type_of_list(name) return string.match(name, '^[^!]+') end

-- The hosts of a group that handle the type of a parked list: consumer -> ms until which it counts as alive.
local function handlers_of(group, name) return key('handlers', group .. ':' .. type_of_list(name)) end

-- Whether a type is a name that a host can handle.
local function is_type(name) return name and #name <= 200 and string.match(name, '^[%w._:/+-]+$') end

-- Wakes one consumer that waits and handles the type of a parked list. A consumer that does not wait claims again by itself.
local function wake_handler(channel, group, name)
  for _, consumer in ipairs(redis.pcall('ZREVRANGE', handlers_of(group, name), 0, 99)) do
    if redis.pcall('ZREM', key('waiting', group), consumer) == 1 then
      local heard = redis.pcall('PUBLISH', channel .. ':' .. consumer, group)
      if heard ~= 0 or string.sub(consumer, 1, 1) == '~' then return end
    end
  end
end
