-- Reads a page of an index, entry by entry, until it is full. Needs _walking.

-- Lists are read up to this depth: further back lies what consumers claim next.
local DEEPEST = 10000
local CHUNK = 50

-- position: the last entry of a list that was looked at.
local paging = { examined = 0, count = 0, bytes = 0, is_truncated = 0, reply = {}, position = { list = '-', place = 0, entry = '' } }

local function is_full() return paging.examined >= paging.most or paging.count >= paging.limit or paging.bytes >= paging.most_bytes end

-- Adds one to the reply: some values, the last of which is its hash, or false.
local function answer(...)
  local values, reply = { ... }, paging.reply
  for _, value in ipairs(values) do reply[#reply + 1] = value end
  for _, text in ipairs(values[#values] or {}) do paging.bytes = paging.bytes + #text end
  paging.count = paging.count + 1
end

-- Looks at the entries of a list from the page's position. look_at: called with each. Answers whether the page ends before the list does.
local function walk_list(name, list, look_at)
  local place, position = 0, paging.position
  if name == position.list then place = place_behind(list, position.place, position.entry, DEEPEST - position.place)
  else position.list, position.place, position.entry = name, 0, '' end
  while place and place < DEEPEST do
    local entries = redis.call('LRANGE', list, int(place), int(math.min(place + CHUNK, DEEPEST) - 1))
    for i, entry in ipairs(entries) do
      if is_full() then return true end
      position.place, position.entry, paging.examined = place + i - 1, entry, paging.examined + 1
      look_at(name, entry)
    end
    if #entries < CHUNK then return false end
    place = place + CHUNK
  end
  if redis.call('LLEN', list) > DEEPEST then paging.is_truncated = 1 end
  return false
end

-- The reply of a page of lists: what docs of page_events say, up to the rank of its sorted sets.
local function reply_of(score, member, has_stopped)
  local position = paging.position
  return {
    paging.examined, paging.is_truncated, position.list, int(position.place), position.entry, score, member, has_stopped and 0 or 1,
    unpack(paging.reply),
  }
end
