--[[
  Reads what a prefix was made with, and writes it when nobody has used the prefix yet.

  KEYS[1]   prefix:meta  hash: schema, partitions
  ARGV[1]   schema       version of keys and scripts
  ARGV[2]   partitions

  Returns   schema, partitions as stored
]]
local meta = redis.call('HMGET', KEYS[1], 'schema', 'partitions')
if not meta[1] then
  redis.call('HSET', KEYS[1], 'schema', ARGV[1], 'partitions', ARGV[2])
  return { ARGV[1], ARGV[2] }
end
return meta
