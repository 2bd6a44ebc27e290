--[[
  Shortens leases that end later than a lease can last: the clock has gone back since they were written. Repeat it until none are left.

  Takes KEYS 2, ARGV 3

  KEYS[1]   root
  KEYS[2]   leased   zset: id -> ms when its lease expires
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   lease    ms: the longest that a lease lasts from now on
  ARGV[3]   limit    the most leases to shorten

  Returns   how many were shortened
]]
local latest = now_ms(ARGV[1]) + tonumber(ARGV[2])
local ids = reach('ZRANGE', KEYS[2], '(' .. int(latest), '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[3]) or {}
if #ids == 0 then return 0 end
-- As in renew: a first write that removes, even if nothing, is let through when memory is full.
redis.call('ZREM', KEYS[2], '')
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[2], 'XX', latest, id) end
return #ids
