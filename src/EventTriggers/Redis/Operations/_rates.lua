-- How many deliveries of a group were published, processed and so on in each minute: a hash for each hour, with fields like '59 processed'.
-- sweep.lua sums them by hour.

local HOUR = 3600000

-- Minutes are kept for a day, and for as long as a process may take to sum the last hour.
local KEPT = 25 * HOUR

local function rates_of(group, hour) return key('rates', group .. ':' .. int(hour)) end

-- The keys of all rates that a group may have: for the hours that are kept, and their sums.
local function rate_keys(group, now)
  local keys, last = { key('rates', group) }, math.floor(now / HOUR)
  for hour = last - KEPT / HOUR, last do keys[#keys + 1] = rates_of(group, hour) end
  return keys
end

-- Counts, once for each call of a script and not for each event. Full memory refuses it, and nothing but the figure is lost.
local function count_rate(now, group, word, count)
  if count == 0 then return end
  local hour = math.floor(now / HOUR)
  local total = redis.pcall('HINCRBY', rates_of(group, hour), int(math.floor(now / 60000) % 60) .. ' ' .. word, int(count))
  if total == count then redis.pcall('PEXPIRE', rates_of(group, hour), KEPT) end
end
