--[[
  Discards the oldest events of a type that no group has taken, a bounded step at a time. Those that triggers matched stay until they are
  forgotten with the triggers' deliveries. Repeat it until it is done. Works when memory is full.

  Takes KEYS 3, ARGV 6

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the unrouted events of the type
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   unused: nobody waits for this
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   type
  ARGV[6]   most      events to discard in this step

  Returns   'done:COUNT' when none is left, 'more:COUNT' when some are, with the number that were discarded; 'KEY TYPE' when the key of the
            events holds something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'list')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

redis.call('HDEL', KEYS[2], ARGV[3])
local ids, events = pop(KEYS[3], ARGV[6]), {}
for _, id in ipairs(ids) do
  local e = fields_of(event_key(id), 'status:$triggers', 'type')
  if not e[1] and e[2] == ARGV[5] then events[#events + 1] = event_key(id) end
end
if #events > 0 then redis.call('DEL', unpack(events)) end
local is_empty = redis.call('EXISTS', KEYS[3]) == 0
if is_empty then reach('ZREM', root .. ':unrouted', ARGV[5]) end
return record(KEYS[2], ARGV[3], ARGV[4], (is_empty and 'done:' or 'more:') .. #events, now_ms(ARGV[1]))
