--[[
  Lets a rate limit grant nothing for a while. Afterwards it grants at its rate, and not a burst.

  Takes KEYS 2, ARGV 5

  KEYS[1]  root
  KEYS[2]  limit   string: see _limits
  ARGV[1]  now     unix ms, or '' for the server's clock
  ARGV[2]  count   of grants in a span of time, unless an operator has set other numbers
  ARGV[3]  per     that span in microseconds
  ARGV[4]  burst   the most grants that are outstanding at a time
  ARGV[5]  lasts   how long, in microseconds

  Returns  1; 0 if the key holds something else
]]
local now = now_us(ARGV[1])
local count, per, burst = numbers_of(reach('HGET', LIMITS, name_of_limit(KEYS[2])), ARGV[2], ARGV[3], ARGV[4])
local limit = read_limit(KEYS[2], per / count, burst, now)
if not limit then return 0 end
local still = now + math.min(tonumber(ARGV[5]), LONGEST_STILL)
-- One that stands still for longer goes on doing so.
if still > limit.still then
  limit.still, limit.outstanding = still, math.max(limit.outstanding, burst - 1)
  write_limit(limit, now)
end
return 1
