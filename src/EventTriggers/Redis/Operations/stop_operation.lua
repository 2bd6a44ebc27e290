--[[
  Stops a bulk operation in a partition; what it has changed stays changed. Its first write is a removal, so it works when memory is full.

  Takes KEYS 4, ARGV 6

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   operations:running
  KEYS[4]   the operation's hash
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   unused: stopping wakes no consumer
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   age       ms that an ended operation is remembered

  Returns   'stopped', 'ended' when it had ended, or 'not-found'; 'KEY TYPE' when one of the keys holds something of that type instead:
            nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'zset') or wrong_type(KEYS[4], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local status = redis.call('HGET', KEYS[4], 'status')
local outcome = status == 'running' and 'stopped' or status and 'ended' or 'not-found'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if outcome == 'stopped' then
  redis.call('ZREM', KEYS[3], ARGV[5])
  redis.call('HSET', KEYS[4], 'status', 'stopped', 'ended', int(now))
  redis.call('PEXPIRE', KEYS[4], ARGV[6])
end
return outcome
