--[[
  Moves a trigger to another due time. A recurring trigger keeps the occurrence that was moved, and continues from it.

  Takes KEYS 4, ARGV 6

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the trigger's hash
  KEYS[4]   triggers
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   due       unix ms

  Returns   'done', 'ended', 'not-found', or 'untimed' when it waits for events; 'KEY TYPE' when the hash's key, or that of the triggers,
            holds something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash') or wrong_type(KEYS[4], 'zset')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local status, due, kind = unpack(redis.call('HMGET', KEYS[3], 'status', 'due', 'kind'))
local outcome = 'done'
if status ~= 'active' and status ~= 'paused' then
  outcome = status and 'ended' or 'not-found'
elseif not due then
  outcome = 'untimed'
end
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if outcome == 'done' then
  if recurs(kind) then
    if whole(due) then redis.call('HSETNX', KEYS[3], 'slot', due) end
    -- A trigger that is moved fires, even if it was due during a pause.
    redis.call('HDEL', KEYS[3], 'resumed')
  end
  redis.call('HSET', KEYS[3], 'due', ARGV[6])
  if status == 'active' then
    redis.call('ZADD', KEYS[4], ARGV[6], ARGV[5])
    wake_for_triggers(ARGV[2])
  end
end
return outcome
