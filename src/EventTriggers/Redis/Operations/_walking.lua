-- Continues in indexes where an earlier call stopped. A position names an entry and not a rank, because entries come and go between calls.

-- Whether a text follows another, byte by byte as in sorted sets. The operators of Lua compare by the server's locale.
local function is_behind(text, other)
  for i = 1, math.min(#text, #other) do
    local x, y = string.byte(text, i), string.byte(other, i)
    if x ~= y then return x > y end
  end
  return #text > #other
end

-- How many entries of a sorted set stand before a position or at it. is_down: counted from the highest score downwards. Entries of one
-- score are in the order of their members, so the last steps are a binary search among them.
local function passed(zset, score, member, is_down)
  local low = is_down and redis.call('ZCOUNT', zset, '(' .. score, '+inf') or redis.call('ZCOUNT', zset, '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', zset, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call(is_down and 'ZREVRANGE' or 'ZRANGE', zset, int(middle), int(middle))[1]
    if entry == member or is_behind(entry, member) == is_down then low = middle + 1 else high = middle end
  end
  return low
end

-- The place behind an entry of a list, which stood at a place when it was read. Lists grow at the front, so it stands there or further
-- back; it is looked for in the next entries, so many at most. Answers nil if it is not found, with the place up to which it was looked
-- for, or nil at the list's end: it has left the list, and with it all that stood behind it.
local function place_behind(list, place, entry, most)
  if entry == '' then return place end
  for from = place, place + most - 1, 100 do
    local entries = redis.call('LRANGE', list, int(from), int(from + 99))
    for i, other in ipairs(entries) do
      if other == entry then return from + i end
    end
    if #entries < 100 then return nil, nil end
  end
  return nil, place + most
end
