--[[
  Accepts a batch of events, once however often the call is repeated.

  Takes KEYS 2 + *, ARGV 6 + *

  KEYS[1]   root
  KEYS[2]   lanes   hash: producer lane -> 'sequence outcome ms'
  KEYS[3…]  the hashes of the events; then their routes and seen ids, declared so that they are locked
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   lane
  ARGV[4]   sequence  one more than the lane's previous operation
  ARGV[5]   dedup     ms that an id which the caller chose is remembered
  ARGV[6]   count     of events
  ARGV[7…]  the events, see accept()

  Returns   'ok', or 'ok:PLACES' where events were accepted before under their chosen ids: their places, from 0, separated by commas. A repeat
            answers the same. Then, unless it is a repeat, ' TYPES' separated by commas, where no group and no trigger takes events of these types;
            'overtaken' for a call so late that nobody waits for it; 'KEY TYPE' when a key that it would write to holds something of that
            type instead: nothing is written then
]]
local checked, wrong = {}, nil
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local i = 7
while i <= #ARGV and not wrong do
  local name, plain = ARGV[i], tonumber(ARGV[i + 1])
  if not checked[name] then
    checked[name] = true
    wrong = wrong_type(key('routes', name), 'set')
    for _, group in ipairs(wrong and {} or route_of(name).groups) do wrong = wrong or wrong_type(key('ready', group), 'list') end
    if not wrong and route_of(name).is_unwanted then wrong = wrong_type(key('unrouted', name), 'list') end
  end
  if plain == 0 and not wrong and ARGV[i + 3] ~= '' then
    for _, group in ipairs(route_of(name).groups) do wrong = wrong or wrong_type(key('delayed', group), 'zset') end
  end
  i = i + 2 + (plain == 0 and 8 or plain)
end
if wrong then return wrong end

local now = now_ms(ARGV[1])
record(KEYS[2], ARGV[3], ARGV[4], 'ok', now)
local repeated, outcome, untaken = accept(3, 7, tonumber(ARGV[6]), now, ARGV[5]), 'ok', {}
if #repeated > 0 then
  outcome = 'ok:' .. table.concat(repeated, ',')
  record(KEYS[2], ARGV[3], ARGV[4], outcome, now)
end
send(ARGV[2])
for name, route in pairs(outbox.routes) do
  if #route.groups == 0 then untaken[#untaken + 1] = name end
end
return #untaken == 0 and outcome or outcome .. ' ' .. table.concat(untaken, ',')
