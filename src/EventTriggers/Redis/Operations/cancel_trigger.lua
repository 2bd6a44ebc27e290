--[[
  Cancels a trigger: after 'canceled' it never fires. Its first write is a removal, so it works when memory is full.

  Takes KEYS 5, ARGV 8

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the trigger's hash
  KEYS[4]   triggers
  KEYS[5]   triggers:ended
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   unused: canceling wakes no consumer
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   cap       of ended triggers
  ARGV[7]   age       ms that ended triggers are remembered
  ARGV[8]   version   of the trigger that is meant, or '' for any

  Returns   'canceled', 'canceled-subscribed' for one that subscribes to events, 'too-late' or 'not-found'; 'KEY TYPE' when the hash's key
            holds something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local status, version = unpack(redis.call('HMGET', KEYS[3], 'status', 'version'))
local outcome = version and 'canceled-subscribed' or 'canceled'
if not status or (ARGV[8] ~= '' and version ~= ARGV[8]) then
  outcome = 'not-found'
elseif status == 'completed' then
  outcome = 'too-late'
elseif status ~= 'canceled' then
  reach('ZREM', KEYS[4], ARGV[5])
  redis.call('HSET', KEYS[3], 'status', 'canceled')
  end_triggers(KEYS[4], KEYS[5], { ARGV[5] }, ARGV[6], ARGV[7], now)
end
return record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
