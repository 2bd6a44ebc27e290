--[[
  Takes grants of a rate limit: as many starts as it allows now, and not more than are asked for.

  Takes KEYS 2, ARGV 6

  KEYS[1]  root
  KEYS[2]  limit   string: see _limits
  ARGV[1]  now     unix ms, or '' for the server's clock
  ARGV[2]  count   of grants in a span of time, unless an operator has set other numbers
  ARGV[3]  per     that span in microseconds
  ARGV[4]  burst   the most grants that are outstanding at a time
  ARGV[5]  asked   the most grants to take
  ARGV[6]  group   that asks

  Returns  how many are granted; microseconds until it is worth asking again; and the moment of these grants in microseconds
]]
local now, asked, name = now_us(ARGV[1]), tonumber(ARGV[5]), name_of_limit(KEYS[2])
local known = reach('HMGET', LIMITS, name, name .. ' ' .. ARGV[6]) or {}
local count, per, burst = numbers_of(known[1], ARGV[2], ARGV[3], ARGV[4])
local span = per / count

-- How long to wait before looking again at a limit whose key holds something else.
local FOREIGN_PAUSE = 1000000

-- Where a limit grants quickly, it is worth asking for what it grants in this time: not for each grant by itself.
local WORTH_ASKING = 5000

-- Full memory refuses this: then it is noted later.
local numbers = ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]
if known[2] ~= numbers then redis.pcall('HSET', LIMITS, name .. ' ' .. ARGV[6], numbers) end

local limit = read_limit(KEYS[2], span, burst, now)
if not limit then return { 0, FOREIGN_PAUSE, now } end
local granted = limit.still > 0 and 0 or math.max(0, math.min(asked, math.floor(burst - limit.outstanding + ROUNDING)))
limit.outstanding = limit.outstanding + granted
if granted > 0 or limit.is_changed then write_limit(limit, now) end

local wanted = math.max(1, math.min(math.floor(WORTH_ASKING / span), math.floor(burst / 2)))
local wait = math.max(0, limit.outstanding + wanted - burst) * span + math.max(0, limit.still - now)
return { granted, math.ceil(wait), now }
