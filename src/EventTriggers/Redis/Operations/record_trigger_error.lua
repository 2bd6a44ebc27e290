--[[
  Records in a trigger's hash why it did not fire, unless the hash holds another trigger by now.

  Takes KEYS 2, ARGV 2

  KEYS[1]   root
  KEYS[2]   the trigger's hash
  ARGV[1]   version  of the trigger that is meant
  ARGV[2]   error    why

  Returns   'recorded' or 'gone'
]]
if redis.pcall('HGET', KEYS[2], 'version') ~= ARGV[1] then return 'gone' end
redis.call('HSET', KEYS[2], 'error', ARGV[2])
return 'recorded'
