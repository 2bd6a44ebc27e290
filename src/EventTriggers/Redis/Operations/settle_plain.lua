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
local now, group, leased, done = now_ms(ARGV[1]), ARGV[2], KEYS[2], KEYS[3]
local count, at, status_field = #KEYS - 3, int(now), 'status:' .. group
local ids, filed = {}, {}

-- Giving a lease back by its name is the proof that it was held, for all of them in one command; if one is missing, each is looked at.
for n = 1, count do ids[n] = id_of(KEYS[3 + n]) end
local held_all = reach('ZREM', leased, unpack(ids)) == count

for n = 1, count do
  local event = KEYS[3 + n]
  if held_all or is_held(n, event, group, '1') then
    local added = redis.pcall('HSET', event, status_field, 'processed')
    if added == 0 then filed[#filed + 1], filed[#filed + 2] = at, ids[n]
    else
      -- A field that is new: the hash was gone. Or the key holds something else by now.
      if added == 1 then redis.call('DEL', event) end
      refuse(n, 'gone')
    end
  end
end

-- A handled delivery stays handled even if its index's key holds something else: run again, it would end the same way.
file(done, filed)
count_rate(now, group, 'processed', #filed / 2)
if #filed > 0 then forget_events(done, ARGV[3], ARGV[4], now) end
return refusals
