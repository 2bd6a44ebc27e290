--[[
  Notes that a consumer is there, and what it is doing; forgets those that have been silent. It tells the consumer what operators have set
  for its groups. Its first write is a removal, so it works when memory is full.

  Takes KEYS 3, ARGV 5 + *

  KEYS[1]   root
  KEYS[2]   consumers  zset: name -> when it was noted last
  KEYS[3]   the consumer's hash
  ARGV[1]   now     unix ms, or '' for the server's clock
  ARGV[2]   name
  ARGV[3]   silence ms after which a consumer is gone
  ARGV[4]   ends    '1' when it stops: then it is forgotten
  ARGV[5]   groups whose deliveries it handles, separated by spaces
  ARGV[6…]  the fields of its hash, each followed by its value

  Returns   now; then for each group how many deliveries of it each process handles at a time, as it is stored: 'count since by', or ''
            where nothing is set. Only now when it stops
]]
local now = now_ms(ARGV[1])
reach('ZREMRANGEBYSCORE', KEYS[2], '-inf', int(now - ARGV[3]))
if ARGV[4] == '1' then
  reach('ZREM', KEYS[2], ARGV[2])
  redis.call('DEL', KEYS[3])
  return { now }
end
if reach('ZADD', KEYS[2], int(now), ARGV[2]) then
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], 'seen', int(now), unpack(ARGV, 6))
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end

local reply, groups = { now }, {}
for group in string.gmatch(ARGV[5], '%S+') do groups[#groups + 1] = group end
local set = #groups > 0 and reach('HMGET', root .. ':concurrency', unpack(groups)) or {}
for i = 1, #groups do reply[i + 1] = set[i] or '' end
return reply
