--[[
  Forgets entries that are past their retention, in groups without traffic that would do so: ended deliveries, ended triggers, and idle
  lanes. Also forgets waiting consumers that are gone, finds the groups that have parked deliveries, and lets keys go on that wait for
  nothing.

  Takes KEYS 4 + 5n, ARGV 8

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   triggers:ended
  KEYS[4]   operations:running
  KEYS[5…]  five for each group: done, dead, ended, waiting, parked
  ARGV[1]   now        unix ms, or '' for the server's clock
  ARGV[2…5] done cap, done age ms, dead cap, dead age ms
  ARGV[6]   lane age   ms after which an idle lane is forgotten
  ARGV[7]   cursor     where in the lanes to continue
  ARGV[8]   channel    on which consumers are woken: a key may have waited behind what is forgotten

  Returns   the cursor for the next round; how many entries were forgotten: repeat it while they are many; and 1 if a bulk operation runs,
            else 0. Then how many keys went on because the dead letter was forgotten that they waited behind, and 'group key id' of each.
            Then the places, from 0, of the groups that have parked deliveries
]]
local now, forgotten, parked = now_ms(ARGV[1]), 0, {}
for k = 5, #KEYS, 5 do
  local group = string.sub(KEYS[k], #root + 7)
  forgotten = forgotten + forget_events(KEYS[k], ARGV[2], ARGV[3], now)
    + forget_events(KEYS[k + 1], ARGV[4], ARGV[5], now, forget_dead(group))
    + forget_events(KEYS[k + 2], ARGV[2], ARGV[3], now)
  sum_rates(group, now)
  check_places(group, now)
  -- A waiting consumer registers at each poll: one that has not done so for an hour is gone.
  local gone = reach('ZRANGE', KEYS[k + 3], '-inf', int(now - 3600000), 'BYSCORE', 'LIMIT', 0, 200) or {}
  if #gone > 0 then redis.call('ZREM', KEYS[k + 3], unpack(gone)) end
  if redis.call('EXISTS', KEYS[k + 4]) == 1 then parked[#parked + 1] = (k - 5) / 5 end
end
forgotten = forgotten + forget_triggers(KEYS[3], ARGV[2], ARGV[3], now)

local page = reach('HSCAN', KEYS[2], ARGV[7], 'COUNT', 100) or { '0', {} }
local idle = {}
for i = 1, #page[2], 2 do
  local used = whole(string.match(page[2][i + 1], '(%d+)$')) or 0
  if used < now - tonumber(ARGV[6]) and #idle < 1000 then idle[#idle + 1] = page[2][i] end
end
if #idle > 0 then redis.call('HDEL', KEYS[2], unpack(idle)) end
write_order(ARGV[8])
local let_go = pop(LET_GO, MOST_TOLD)
local reply = { page[1], forgotten, redis.call('EXISTS', KEYS[4]), #let_go }
for _, one in ipairs(let_go) do reply[#reply + 1] = one end
for _, one in ipairs(parked) do reply[#reply + 1] = one end
return reply
