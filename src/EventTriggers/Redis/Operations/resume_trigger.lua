--[[
  Resumes a paused trigger. A trigger that became due meanwhile is due at once; a recurring one notes that it was paused.

  Takes KEYS 4, ARGV 5

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the trigger's hash
  KEYS[4]   triggers
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id

  Returns   'done' when it is active now, 'ended', or 'not-found'; 'KEY TYPE' when the hash's key, or that of the triggers, holds something
            of that type instead, '?FIELD' when that field of it cannot be read: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash') or wrong_type(KEYS[4], 'zset')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local status, due, last, kind = unpack(redis.call('HMGET', KEYS[3], 'status', 'due', 'until', 'kind'))
if is_bad(due) then return '?due' end
if is_bad(last) then return '?until' end
local outcome = (status == 'active' or status == 'paused') and 'done' or status and 'ended' or 'not-found'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if status == 'paused' then
  resume_trigger(KEYS[3], KEYS[4], ARGV[5], now, due, last, kind)
  wake_for_triggers(ARGV[2])
end
return outcome
