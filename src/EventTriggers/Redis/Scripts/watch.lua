--[[
  Lets a trigger see the events of a type that are published in this partition from now, or from a later moment, on.

  KEYS[1]   root
  KEYS[2]   on      zset: 'trigger id#version' -> ms since when it sees them
  KEYS[3]   routes  set: groups that subscribe to the type
  ARGV[1]   now     unix ms, or '' for the server's clock
  ARGV[2]   member  'trigger id#version'
  ARGV[3]   first   unix ms from which on it sees them, or ''

  Returns   'ok'
]]
-- NX: a repeat must not move the moment from which on the trigger sees events.
redis.call('ZADD', KEYS[2], 'NX', int(math.max(now_ms(ARGV[1]), tonumber(ARGV[3]) or 0)), ARGV[2])
redis.call('SADD', KEYS[3], '$triggers')
return 'ok'
