--[[
  Accepts a batch of events as publish.lua does, of which some are unique work: while another event has the name of one, that one is not
  accepted, or waits, or takes its place.

  Takes KEYS 2 + *, ARGV 7 + *

  KEYS[1]   root
  KEYS[2]   lanes   hash: producer lane -> 'sequence outcome ms'
  KEYS[3…]  the hashes of the events; then their routes and seen ids, declared so that servers lock them
  ARGV[1…]  as for publish.lua

  Returns   as publish.lua; among the places are those of the events that were not accepted because another one has their name, each with
            the id of that one: 'ok:PLACE,PLACE=ID'
]]
local lanes, channel, lane, sequence = KEYS[2], ARGV[2], ARGV[3], ARGV[4]

-- 'KEY TYPE' of the key of a name that holds something else, or nil. value: see take_name().
local function wrong_name(value)
  local mode, name = string.match(value, '^(%S+) %S+ (%S+)$')
  return wrong_type(key(tonumber(mode) and 'window' or 'unique', name), 'string')
end

local before = replayed(lanes, lane, sequence) or first_obstacle(wrong_name)
if before then return before end
local now, outcome = now_ms(ARGV[1]), 'ok'
record(lanes, lane, sequence, outcome, now)
local others = accept(3, 8, tonumber(ARGV[7]), now, ARGV[5], take_name)
if #others > 0 then
  outcome = 'ok:' .. table.concat(others, ',')
  record(lanes, lane, sequence, outcome, now)
end
send(channel)
write_order(channel)
if taken_names then taken_names.go_on(channel, now) end
local untaken = untaken_types()
return #untaken == 0 and outcome or outcome .. ' ' .. table.concat(untaken, ',')
