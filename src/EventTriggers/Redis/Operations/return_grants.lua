--[[
  Gives back grants of a rate limit for which nothing began. What has run out of them meanwhile is not given back: it has counted for those
  that came later.

  Takes KEYS 2, ARGV 6

  KEYS[1]  root
  KEYS[2]  limit   string: see _limits
  ARGV[1]  now     unix ms, or '' for the server's clock
  ARGV[2]  count   of grants in a span of time, unless an operator has set other numbers
  ARGV[3]  per     that span in microseconds
  ARGV[4]  burst   the most grants that are outstanding at a time
  ARGV[5]  grants  how many are given back
  ARGV[6]  at      the moment of the grants in microseconds

  Returns  1
]]
local now, at = now_us(ARGV[1]), tonumber(ARGV[6])
local count, per, burst = numbers_of(reach('HGET', LIMITS, name_of_limit(KEYS[2])), ARGV[2], ARGV[3], ARGV[4])
local span = per / count
local limit = read_limit(KEYS[2], span, burst, now)
-- After a clock that went back nobody knows how much has run out; and a limit that stands still is to begin again slowly.
if limit and at <= now and limit.still == 0 then
  local unused = math.max(0, ARGV[5] - (now - at) / span)
  limit.outstanding = math.max(0, limit.outstanding - unused)
  write_limit(limit, now)
end
return 1
