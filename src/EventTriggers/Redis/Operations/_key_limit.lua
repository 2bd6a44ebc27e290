-- The limit by key of a group, as its settings hold it: 'key-limit', the numbers that are obeyed ('count per burst', the span in
-- microseconds, or '0' while what waits is let go); and while an operator has set others than hosts ask for, 'key-limit-set', those numbers
-- with ' since by', and 'key-limit-told', what hosts ask for. Needs _settings and _limits.

-- The most keys whose limit a call looks at again.
local MOST_RECHECKED = 1000

-- How the numbers of a limit by key are written. What something else has written is no limit.
local KEY_NUMBERS = '^([1-9]%d* [1-9]%d* [1-9]%d*)'

-- The numbers of such a text, or nil.
local function key_numbers_of(text) return parse_numbers(text) and string.match(text, KEY_NUMBERS) end

-- The numbers that an operator has set, or nil.
local function set_key_limit_of(text)
  local since = whole(string.match(text or '', '^%d+ %d+ %d+ (%d+) '))
  return since and since <= MAX and key_numbers_of(text) or nil
end

-- Other numbers apply to what waits already: the next claims look at those keys again.
local function recheck_limited(group, now)
  local limited = key('limited', group)
  for _, name in ipairs(reach('ZRANGE', limited, int(now), '+inf', 'BYSCORE', 'LIMIT', 0, MOST_RECHECKED) or {}) do
    redis.call('ZADD', limited, int(now), name)
  end
end
