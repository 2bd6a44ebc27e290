-- A rate limit, as GCRA counts: each grant is outstanding for a while, they run out one after another at the limit's rate, and no more than
-- `burst` may be outstanding at a time. A limit is a string 'since outstanding until': so many grants were outstanding at a moment (in
-- microseconds), and none are granted before another one (0 for none). That is the theoretical arrival time, written so that processes
-- which know the limit with other numbers mean the same, and so that a clock that goes back takes nothing away and gives nothing.

-- A limit that nobody asks is forgotten so many ms after its last grant has run out.
local LIMIT_LASTS = 86400000

-- What is read beyond these was written by something else. The longest time for which a limit stands still: ten years, in microseconds.
local MOST_OUTSTANDING, LONGEST_STILL = 10000, 315360000000000

-- Rounding must not make a grant late by a call.
local ROUNDING = 0.000001

-- What processes and operators say of the limits of a partition.
--   limits  hash: 'NAME GROUP' -> 'count per burst' as processes of the group know the limit, the span in microseconds; NAME -> the same as
--           an operator has set it, with ' since by'
local LIMITS = root .. ':limits'

-- The name of a limit, from its key.
local function name_of_limit(limit) return string.sub(limit, #root + 8) end

-- The numbers in such a text: count, per, burst. Nil for what cannot be read, or is no limit.
local function parse_numbers(text)
  local count, per, burst = string.match(text or '', '^(%d+) (%d+) (%d+)')
  count, per, burst = whole(count), whole(per), whole(burst)
  if count and per and burst and count * per * burst > 0 and count <= 1000000 and per <= 2592000000000 and burst <= 10000 then
    return count, per, burst
  end
end

-- The numbers that hold for a limit: those that were set, or else those that the caller knows.
local function numbers_of(set, count, per, burst)
  local set_count, set_per, set_burst = parse_numbers(set)
  if set_count then return set_count, set_per, set_burst end
  return tonumber(count), tonumber(per), tonumber(burst)
end

-- The server's clock in microseconds. pinned: ms, as in now_ms().
local function now_us(pinned)
  if pinned ~= '' then return tonumber(pinned) * 1000 end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- What a limit holds: since, outstanding, until. Nil for what cannot be read.
local function parse_limit(text)
  local since, outstanding, still = string.match(text, '^(%d+) (%d+%.%d+) (%d+)$')
  since, still, outstanding = whole(since), whole(still), tonumber(outstanding)
  if since and still and outstanding <= MOST_OUTSTANDING and still <= since + LONGEST_STILL then return since, outstanding, still end
end

-- A limit as it is now; nil if its key holds something of another type: then nothing is granted. span: microseconds from one grant to the
-- next at the limit's rate. One that cannot be read counts as used up.
local function read_limit(name, span, burst, now)
  local text = redis.pcall('GET', name)
  -- Some servers answer nothing for a key that holds something else.
  if type(text) == 'table' or (not text and wrong_type(name, 'string')) then
    note_foreign(name)
    return nil
  end
  local limit = { name = name, span = span, outstanding = 0, still = 0, is_changed = false }
  if not text then return limit end
  local since, outstanding, still = parse_limit(text)
  if not since then
    limit.outstanding, limit.is_changed = burst, true
    return limit
  end
  -- The clock went back: as far as anybody knows, no time has passed.
  if since > now then still, since, limit.is_changed = math.max(0, still - (since - now)), now, true end
  local from = math.max(since, still)
  limit.outstanding = math.max(0, outstanding - math.max(0, now - from) / span)
  limit.still = still > now and still or 0
  return limit
end

local function write_limit(limit, now)
  local lasts = math.max(0, limit.still - now) / 1000 + limit.outstanding * limit.span / 1000 + LIMIT_LASTS
  -- A first write that removes is let through when memory is full: then, too, what waits is to be handled, and frees memory.
  redis.call('DEL', limit.name)
  redis.call('SET', limit.name, int(now) .. ' ' .. string.format('%.9f', limit.outstanding) .. ' ' .. int(limit.still),
    'PX', int(math.ceil(lasts)))
end
