--[[
  Counts the deliveries of a group by status.

  Takes KEYS 8, ARGV 2

  KEYS[1]   root
  KEYS[2…8] ready, delayed, leased, dead, done, quarantine, parked  of the group
  ARGV[1]   group
  ARGV[2]   lists   the most parked lists to count

  Returns   the five counts in that order, of ready, quarantine and the parked lists together; or 'KEY TYPE' alone when one of the keys
            holds something of that type instead
]]
local counts = {}
for k = 2, 7 do
  local is_list = k == 2 or k == 7
  counts[k - 1] = reach(is_list and 'LLEN' or 'ZCARD', KEYS[k])
  if not counts[k - 1] then return { wrong_type(KEYS[k], is_list and 'list' or 'zset') } end
end
counts[1] = counts[1] + table.remove(counts)
local names = reach('ZRANGE', KEYS[8], 0, int(ARGV[2] - 1))
if not names then return { wrong_type(KEYS[8], 'zset') } end
for _, name in ipairs(names) do counts[1] = counts[1] + (reach('LLEN', parked_list(ARGV[1], name)) or 0) end
return counts
