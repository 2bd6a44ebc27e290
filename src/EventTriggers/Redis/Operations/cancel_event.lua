--[[
  Cancels an event in every group that has not handled it. Works when memory is full.

  Takes KEYS 4, ARGV 5

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the event's hash
  KEYS[4]   the event's seen key
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which the consumers of running handlers get the cancellation, and others are woken
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id

  Returns   'canceled' ('canceled-subscribed' if it has a CancelOn), 'signaled' (a handler is running, and its consumer gets the
            cancellation), 'too-late' or 'not-found'; 'KEY TYPE' when the hash's key holds something of that type instead: nothing is
            written then
]]
local wrong = wrong_type(KEYS[3], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now, id, outcome, is_subscribed = now_ms(ARGV[1]), ARGV[5], nil, false
local fields = redis.call('HKEYS', KEYS[3])
if #fields == 0 then outcome = redis.call('EXISTS', KEYS[4]) == 1 and 'too-late' or 'not-found' end

redis.call('HDEL', KEYS[2], ARGV[3])
if not outcome then
  local rank, routed = { ['too-late'] = 1, canceled = 2, signaled = 3 }, false
  outcome = 'too-late'
  for _, field in ipairs(fields) do
    local group = string.match(field, '^status:(.+)$')
    is_subscribed = is_subscribed or field == 'cancelon'
    if group then
      local one = cancel_delivery(KEYS[3], id, group, now)
      routed = routed or group ~= '$triggers'
      if rank[one] > rank[outcome] then outcome = one end
    end
  end
  if not routed then
    -- It waits for the first group that subscribes, which then skips it.
    redis.call('HSET', KEYS[3], 'status', 'canceled')
    local unique = redis.call('HGET', KEYS[3], 'unique')
    if unique then naming().note_end(unique) end
    if rank[outcome] < rank.canceled then outcome = 'canceled' end
  end
end
if outcome == 'canceled' and is_subscribed then outcome = 'canceled-subscribed' end
record(KEYS[2], ARGV[3], ARGV[4], outcome, now)
write_order(ARGV[2])
if taken_names then taken_names.go_on(ARGV[2], now) end
if outcome == 'signaled' then tell(ARGV[2], '!' .. id) end
return outcome
