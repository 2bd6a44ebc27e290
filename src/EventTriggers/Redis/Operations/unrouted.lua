--[[
  Lists a page of the types with events that no group has taken.

  Takes KEYS 2, ARGV 2

  KEYS[1]   root
  KEYS[2]   unrouted  zset: type -> ms when the first of its events came that no group took
  ARGV[1]   from      the place of the first type, from 0
  ARGV[2]   to        the place of the last

  Returns   flat, for each type: its name, since when, and how many events wait; or 'KEY TYPE' alone when one of the keys holds something of
            that type instead
]]
local wrong = wrong_type(KEYS[2], 'zset')
if wrong then return { wrong } end
local types, reply = redis.call('ZRANGE', KEYS[2], ARGV[1], ARGV[2], 'WITHSCORES'), {}
for i = 1, #types, 2 do
  local n, waiting = #reply, reach('LLEN', key('unrouted', types[i]))
  if not waiting then return { wrong_type(key('unrouted', types[i]), 'list') } end
  reply[n + 1], reply[n + 2], reply[n + 3] = types[i], int(tonumber(types[i + 1])), waiting
end
return reply
