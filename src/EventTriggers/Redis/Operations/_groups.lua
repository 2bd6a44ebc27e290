-- The groups of a partition: those that have subscribed to types and have not been removed since.

local GROUPS = root .. ':groups'

-- The types that a group has subscribed to.
local function types_of(group) return key('types', group) end

-- Notes a subscription. Asked first, because full memory refuses SADD even if it would add nothing.
local function note_subscription(group, name)
  if reach('SISMEMBER', types_of(group), name) == 0 then redis.pcall('SADD', types_of(group), name) end
  if reach('SISMEMBER', GROUPS, group) == 0 then redis.pcall('SADD', GROUPS, group) end
end
