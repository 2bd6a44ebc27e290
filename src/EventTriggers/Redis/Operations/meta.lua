--[[
  Reads the settings with which a partition was created, and writes them if the partition was not used before.

  Takes KEYS 2, ARGV 3

  KEYS[1]   root
  KEYS[2]   meta        hash: schema, partitions
  ARGV[1]   schema      version of keys and scripts
  ARGV[2]   partitions
  ARGV[3]   whether it may be written: 0 or 1

  Returns   schema, partitions as stored; nothing if the partition was not used before and may not be written; 'KEY TYPE' alone if meta
            holds something of that type instead
]]
local wrong = wrong_type(KEYS[2], 'hash')
if wrong then return { wrong } end
local meta = redis.call('HMGET', KEYS[2], 'schema', 'partitions')
if meta[1] then return { meta[1], meta[2] or '' } end
if ARGV[3] == '0' then return {} end
redis.call('HSET', KEYS[2], 'schema', ARGV[1], 'partitions', ARGV[2])
return { ARGV[1], ARGV[2] }
