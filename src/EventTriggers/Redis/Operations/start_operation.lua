--[[
  Begins a bulk operation in a partition: it is stored, and all consumers are told. Its first write is a removal, so it works when memory is
  full.

  Takes KEYS 5, ARGV 5 + 2n

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   operations          zset: id -> ms when it began
  KEYS[4]   operations:running  zset: id -> ms from which any consumer may take its next step
  KEYS[5]   the operation's hash
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which all consumers are told
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6…]  field, value  of what it does: kind, query (in words), filters, rate

  Returns   'started'; 'exists' when it has begun already; 'other' when another operation has the id; 'KEY TYPE' when one of the keys holds
            something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'zset') or wrong_type(KEYS[4], 'zset') or wrong_type(KEYS[5], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now, id, outcome = now_ms(ARGV[1]), ARGV[5], 'started'
local stored = redis.call('HGETALL', KEYS[5])
if #stored > 0 then
  local fields = {}
  for i = 1, #stored, 2 do fields[stored[i]] = stored[i + 1] end
  outcome = 'exists'
  for i = 6, #ARGV, 2 do
    if ARGV[i] ~= 'by' and fields[ARGV[i]] ~= ARGV[i + 1] then outcome = 'other' end
  end
end
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if outcome == 'started' then
  redis.call(
    'HSET', KEYS[5], 'status', 'running', 'started', int(now), 'examined', '0', 'changed', '0', unpack(ARGV, 6, #ARGV))
  -- Their hashes expire a week after their end.
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', int(now - 30 * 86400000))
  redis.call('ZADD', KEYS[3], int(now), id)
  redis.call('ZADD', KEYS[4], int(now), id)
end
if outcome ~= 'other' then tell(ARGV[2], '*') end
return outcome
