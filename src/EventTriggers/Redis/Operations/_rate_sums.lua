-- Sums the rates of groups by hour: a hash for each group, with fields like '496123 processed', and under 'upto' the last hour that was
-- summed.
-- Needs _rates.

local HOURS_KEPT = 192
local WORDS = { 'published', 'processed', 'failed', 'dead', 'fired' }

local function sums_of(group) return key('rates', group) end

-- Sums one hour, and forgets the sums of that hour before as many as are kept.
local function sum_hour(group, hour)
  local counts, sums = reach('HGETALL', rates_of(group, hour)) or {}, {}
  for i = 1, #counts, 2 do
    local word, count = string.match(counts[i], '^%d+ (%l+)$'), whole(counts[i + 1])
    if word and count then sums[word] = (sums[word] or 0) + count end
  end
  for word, count in pairs(sums) do redis.pcall('HSET', sums_of(group), int(hour) .. ' ' .. word, int(count)) end
  for _, word in ipairs(WORDS) do redis.pcall('HDEL', sums_of(group), int(hour - HOURS_KEPT) .. ' ' .. word) end
end

local function forget_old_sums(group, from)
  local fields = reach('HKEYS', sums_of(group)) or {}
  for _, field in ipairs(fields) do
    local hour = whole(string.match(field, '^(%d+) '))
    if hour and hour < from - HOURS_KEPT then redis.pcall('HDEL', sums_of(group), field) end
  end
end

-- Sums the hours that are over, at most three in a call. A group without counts has nothing to sum.
local function sum_rates(group, now)
  local last = math.floor(now / HOUR) - 1
  local upto = whole(reach('HGET', sums_of(group), 'upto'))
  if upto and upto >= last then return end
  local from = math.max((upto or 0) + 1, last - math.floor(KEPT / HOUR) + 1)
  -- After a time in which nothing was summed, the old sums are not gone through one by one.
  if upto and from > upto + 1 then forget_old_sums(group, from) end
  local to = math.min(from + 2, last)
  for hour = from, to do sum_hour(group, hour) end
  redis.pcall('HSET', sums_of(group), 'upto', int(to))
  redis.pcall('PEXPIRE', sums_of(group), (HOURS_KEPT + 24) * HOUR)
end
