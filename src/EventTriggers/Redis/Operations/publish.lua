--[[
  Accepts a batch of events, once, however often the call is repeated.

  Takes KEYS 2 + *, ARGV 7 + *

  KEYS[1]   root
  KEYS[2]   lanes   hash: producer lane -> 'sequence outcome ms'
  KEYS[3…]  the hashes of the events; then their routes and seen ids, declared so that servers lock them
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lane
  ARGV[4]   sequence  one more than the lane's previous operation
  ARGV[5]   dedup     ms that an id which the caller chose is remembered
  ARGV[6]   full      how many ready deliveries of a group are too many for another, or '' for none
  ARGV[7]   count     of events
  ARGV[8…]  the events, see accept()

  Returns   'ok', or 'ok:PLACES' if events were accepted before under their chosen ids: their places, from 0, separated by commas. A repeat
            answers the same. Then, unless the call is a repeat, ' TYPES', separated by commas: those that no group and no trigger takes;
            'overtaken' for a call that is so late that its caller has given it up; 'KEY TYPE' when a key that it would write to holds
            something of that type instead, or 'full GROUP COUNT LIMIT', and perhaps ' KEY', when a group has no room: nothing is written
            then
]]
local lanes, channel, lane, sequence = KEYS[2], ARGV[2], ARGV[3], ARGV[4]
local before = replayed(lanes, lane, sequence) or first_obstacle()
if before then return before end
local now, outcome = now_ms(ARGV[1]), 'ok'
record(lanes, lane, sequence, outcome, now)
local repeated = accept(3, 8, tonumber(ARGV[7]), now, ARGV[5])
if #repeated > 0 then
  outcome = 'ok:' .. table.concat(repeated, ',')
  record(lanes, lane, sequence, outcome, now)
end
send(channel)
local untaken = untaken_types()
return #untaken == 0 and outcome or outcome .. ' ' .. table.concat(untaken, ',')
