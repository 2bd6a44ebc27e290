--[[
  Resumes a paused trigger. One that became due meanwhile is due at once; a recurring one knows then that it was paused.

  Takes KEYS 4, ARGV 5

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the trigger's hash
  KEYS[4]   triggers
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   where to ring
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id

  Returns   'ok' when it is active now, 'no' when there is no such trigger or it has ended; 'KEY TYPE' when the hash's key, or that of the triggers, holds
            something of that type instead, '?FIELD' when that field of it cannot be read: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash') or wrong_type(KEYS[4], 'zset')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local t = redis.call('HMGET', KEYS[3], 'status', 'due', 'until', 'kind')
if is_bad(t[2]) then return '?due' end
if is_bad(t[3]) then return '?until' end
local outcome = (t[1] == 'active' or t[1] == 'paused') and 'ok' or 'no'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if t[1] == 'paused' then
  redis.call('HSET', KEYS[3], 'status', 'active')
  if recurs(t[4]) and t[2] and tonumber(t[2]) <= now then redis.call('HSET', KEYS[3], 'resumed', int(now)) end
  redis.call('ZADD', KEYS[4], t[2] or (t[3] and int(t[3] + 1)) or NEVER, ARGV[5])
  wake_for_triggers(ARGV[2])
end
return outcome
