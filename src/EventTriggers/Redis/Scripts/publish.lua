--[[
  Accepts a batch of events, once however often the call is repeated.

  KEYS[1]   root
  KEYS[2]   lanes   hash: producer lane -> 'sequence outcome ms'
  KEYS[3…]  the hashes, routes and seen ids of the events, declared so that they are locked
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   lane
  ARGV[4]   sequence  one more than the lane's previous operation
  ARGV[5]   dedup     ms that an id which the caller chose is remembered
  ARGV[6…]  eight for each event: id, type, payload, delay ms, expires after ms, correlation, headers, chosen

  Returns   'ok', also for a repeat; 'overtaken' for a call so late that nobody waits for it
]]
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
record(KEYS[2], ARGV[3], ARGV[4], 'ok', now)
for i = 6, #ARGV, 8 do accept(i, now, ARGV[5]) end
send(ARGV[2])
return 'ok'
