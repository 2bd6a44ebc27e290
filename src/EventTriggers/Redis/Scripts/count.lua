--[[
  Counts the deliveries of a group by status.

  KEYS[1]   root
  KEYS[2…7] ready, delayed, leased, dead, done, suspects  of the group

  Returns   the five counts in that order, of ready and suspects together; or 'KEY TYPE' alone when one of the keys holds something of that type instead
]]
local counts = {}
for k = 2, 7 do
  local is_list = k == 2 or k == 7
  counts[k - 1] = reach(is_list and 'LLEN' or 'ZCARD', KEYS[k])
  if not counts[k - 1] then return { wrong_type(KEYS[k], is_list and 'list' or 'zset') } end
end
counts[1] = counts[1] + table.remove(counts)
return counts
