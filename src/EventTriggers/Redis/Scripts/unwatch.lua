--[[
  Takes ended triggers out of a type's index. The version in a member keeps a later trigger of the same id safe.

  KEYS[1]   root
  KEYS[2]   on      zset: 'trigger id#version' -> ms since when it sees them
  KEYS[3]   routes  set: groups that subscribe to the type
  ARGV[1…]  members

  Returns   'ok'
]]
redis.call('ZREM', KEYS[2], unpack(ARGV))
if redis.call('ZCARD', KEYS[2]) == 0 then redis.call('SREM', KEYS[3], '$triggers') end
return 'ok'
