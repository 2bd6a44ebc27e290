--[[
  Notes that a consumer is there, and what it is doing; forgets those that have been silent. Its first write is a removal, so it works when
  memory is full.

  Takes KEYS 3, ARGV 4 + *

  KEYS[1]   root
  KEYS[2]   consumers  zset: name -> when it was noted last
  KEYS[3]   the consumer's hash
  ARGV[1]   now     unix ms, or '' for the server's clock
  ARGV[2]   name
  ARGV[3]   silence ms after which a consumer is gone
  ARGV[4]   ends    '1' when it stops: then it is forgotten
  ARGV[5…]  the fields of its hash, each followed by its value

  Returns   now
]]
local now = now_ms(ARGV[1])
reach('ZREMRANGEBYSCORE', KEYS[2], '-inf', int(now - ARGV[3]))
if ARGV[4] == '1' then
  reach('ZREM', KEYS[2], ARGV[2])
  redis.call('DEL', KEYS[3])
  return now
end
if reach('ZADD', KEYS[2], int(now), ARGV[2]) then
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], 'seen', int(now), unpack(ARGV, 5))
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
return now
