--[[
  Records deliveries that were handled at their first claim and have nothing else to record. Most are like that, and take a fraction of the
  time of settle.lua. Its first write is a removal, so it works when memory is full.

  Takes KEYS 3 + n, ARGV 4

  KEYS[1]   root
  KEYS[2…3] leased, done  of the group
  KEYS[4…]  the hashes of the deliveries
  ARGV[1]   now    unix ms, or '' for the server's clock
  ARGV[2]   group
  ARGV[3…4] done cap, done age ms

  Returns   as settle.lua: two for each delivery whose outcome was rejected
]]
local now, group, done = now_ms(ARGV[1]), ARGV[2], KEYS[3]
local filed, forgotten = record_successes(4, group, KEYS[2], int(now), ARGV[3] ~= '0')

-- A handled delivery stays handled even if its index's key holds something else: run again, it would end the same way.
file(done, filed)
count_rate(now, group, 'processed', #filed / 2 + forgotten)
if #filed > 0 then forget_events(done, ARGV[3], ARGV[4], now) end
return differences
