--[[
  Counts the deliveries of a group by status, and measures its lag.

  Takes KEYS 8, ARGV 3

  KEYS[1]   root
  KEYS[2…8] ready, delayed, leased, dead, done, quarantine, parked  of the group
  ARGV[1]   group
  ARGV[2]   lists   the most parked lists to count
  ARGV[3]   now     unix ms, or '' for the server's clock

  Returns   the five counts in that order: of ready (of every priority), quarantine, the parked lists and the backlogs of keys together;
            and for how many ms the oldest ready delivery has been ready, 0 for none; then how many of the ready ones wait for others of
            their key, and how many keys wait behind a dead letter. 'KEY TYPE' alone when one of the keys holds something of that type
            instead
]]
-- The most parked lists whose age is asked: as many as metrics look at.
local AGES = 100

local counts, now = {}, now_ms(ARGV[3])
for k = 2, 7 do
  local is_list = k == 2 or k == 7
  counts[k - 1] = reach(is_list and 'LLEN' or 'ZCARD', KEYS[k])
  if not counts[k - 1] then return { wrong_type(KEYS[k], is_list and 'list' or 'zset') } end
end
counts[1] = counts[1] + table.remove(counts)
local oldest = age_in(KEYS[2], now)
for _, kind in ipairs({ 'ready-high', 'ready-low' }) do
  local list = key(kind, ARGV[1])
  local count = reach('LLEN', list)
  if not count then return { wrong_type(list, 'list') } end
  counts[1], oldest = counts[1] + count, math.max(oldest, age_in(list, now))
end
local names = reach('ZRANGE', KEYS[8], 0, int(ARGV[2] - 1))
if not names then return { wrong_type(KEYS[8], 'zset') } end
local waiting = whole(reach('GET', key('backlogged', ARGV[1]))) or 0
counts[1] = counts[1] + waiting
for n, name in ipairs(names) do
  local list = parked_list(ARGV[1], name)
  counts[1] = counts[1] + (reach('LLEN', list) or 0)
  if n <= AGES then oldest = math.max(oldest, age_in(list, now)) end
end
counts[6], counts[7] = math.max(oldest, age_in_backlogs(ARGV[1], now)), waiting
counts[8] = reach('ZCARD', key('held', ARGV[1])) or 0
return counts
