--[[
  Records deliveries of events with keys that were handled at their first claim and have nothing else to record, as settle_plain.lua does
  with other events; and lets those go on that wait for them. Its first write is a removal, so it works when memory is full.

  Takes KEYS 3 + n, ARGV 5

  KEYS[1]   root
  KEYS[2…3] leased, done  of the group
  KEYS[4…]  the hashes of the deliveries
  ARGV[1]   now      unix ms, or '' for the server's clock
  ARGV[2]   group
  ARGV[3…4] done cap, done age ms
  ARGV[5]   channel  on which consumers are woken

  Returns   as settle.lua: two for each delivery whose outcome was rejected
]]
local now, group, done = now_ms(ARGV[1]), ARGV[2], KEYS[3]
local filed, ids = record_successes(4, group, KEYS[2], int(now), true), {}

local o = redis.call('EXISTS', key('settings', group)) == 1 and ordering().group(group)
if o then
  for i = 2, #filed, 2 do ids[#ids + 1] = filed[i] end
  order.end_places(o, ids)
end
-- A handled delivery stays handled even if its index's key holds something else: run again, it would end the same way.
file(done, filed)
count_rate(now, group, 'processed', #filed / 2)
if #filed > 0 then forget_events(done, ARGV[3], ARGV[4], now) end
write_order(ARGV[5])
return differences
