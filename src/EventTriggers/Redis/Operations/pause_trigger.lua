--[[
  Pauses a trigger: it keeps its due time and does not fire.

  Takes KEYS 4, ARGV 5

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the trigger's hash
  KEYS[4]   triggers
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   unused: pausing wakes no consumer
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id

  Returns   'done' when it is paused now, 'ended', or 'not-found'; 'KEY TYPE' when the hash's key, or that of the triggers, holds something
            of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash') or wrong_type(KEYS[4], 'zset')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local status = redis.call('HGET', KEYS[3], 'status')
local outcome = (status == 'active' or status == 'paused') and 'done' or status and 'ended' or 'not-found'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if status == 'active' then pause_trigger(KEYS[3], KEYS[4], ARGV[5]) end
return outcome
