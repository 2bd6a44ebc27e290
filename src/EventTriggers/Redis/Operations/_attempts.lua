-- The last attempts of a delivery that did not simply succeed, in a list of its own, the latest first: consumers that claim the delivery do
-- not read it. It expires when the delivery is likely to be forgotten. An attempt is a line 'ended number outcome consumer', a line with
-- the error ('' for none), and the stack trace; '=' stands for the trace of the next later attempt.

local MOST_ATTEMPTS = 5

-- The last moment that an expiry may be away: ten years.
local LONGEST = 315360000000

local function attempts_of(group, id) return key('attempts', group .. ':' .. id) end

-- Which consumer holds a delivery, by its status.
local function holder_of(status) return string.match(status or '', '^leased (%S+)%.%d+$') or '?' end

-- Notes an attempt. lasts: ms for which the list is kept from now on.
local function note_attempt(group, id, attempt, lasts)
  local list = attempts_of(group, id)
  local last = attempt.stack ~= '' and reach('LINDEX', list, 0)
  local lines, stack = string.match(last or '', '^([^\n]*\n[^\n]*\n)(.*)$')
  if stack == attempt.stack then
    redis.call('LTRIM', list, 1, -1)
    redis.call('LPUSH', list, lines .. '=')
  end
  local line = int(attempt.ended) .. ' ' .. int(attempt.number) .. ' ' .. attempt.outcome .. ' ' .. attempt.consumer
  if not reach('LPUSH', list, line .. '\n' .. attempt.error .. '\n' .. attempt.stack) then return end
  redis.call('LTRIM', list, 0, MOST_ATTEMPTS - 1)
  redis.call('PEXPIRE', list, int(math.min(lasts, LONGEST)))
end
