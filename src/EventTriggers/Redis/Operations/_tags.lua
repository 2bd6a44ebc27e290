-- The triggers of each tag, so that a query for a tag reads no others. A trigger's hash says which tags it has. The indexes hold the
-- trigger from when its hash is written until the hash is replaced or forgotten. If another program deletes or changes a hash, a query
-- removes the entries that are left behind.

-- Notes, for good, that there are triggers with tags: as long as there are none, forgetting triggers reads no tags.
local TAGGED = root .. ':tagged'

-- The indexes of a list of tags, which another program may have written.
local function tag_indexes(tags)
  local indexes = {}
  for tag in string.gmatch(string.sub(tags or '', 1, 1615), '[^,]+') do
    if #indexes < 16 and #tag <= 100 and not string.find(tag, '[^%w._:/%-]') then indexes[#indexes + 1] = key('tagged', tag) end
  end
  return indexes
end

-- Answers how many indexes did not hold the trigger yet. All of them have the same score: they are in the order of their ids.
local function tag_trigger(id, tags)
  local indexes, added = tag_indexes(tags), 0
  for _, index in ipairs(indexes) do
    if reach('ZADD', index, 0, id) == 1 then added = added + 1 end
  end
  if #indexes > 0 then redis.call('SET', TAGGED, '1', 'NX') end
  return added
end

local function untag_trigger(id, tags)
  for _, index in ipairs(tag_indexes(tags)) do reach('ZREM', index, id) end
end
