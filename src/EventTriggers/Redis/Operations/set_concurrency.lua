--[[
  Sets how many deliveries of a group all consumers together handle at a time, or forgets that. Works when memory is full.

  Takes KEYS 3, ARGV 7

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   concurrency  hash: group -> 'count since by'. No claim looks at it:
                         note_consumer.lua shares it out
  ARGV[1]   now          unix ms, or '' for the server's clock
  ARGV[2]   channel      on which all consumers are told of it
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   group
  ARGV[6]   concurrency  how many; '' for as many as each process is configured with
  ARGV[7]   by           who asked for it, or ''

  Returns   'done', or 'unchanged' where nothing was set that could be forgotten; 'KEY TYPE' when the key of the hash holds something of
            that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local is_changed = ARGV[6] ~= '' or redis.call('HGET', KEYS[3], ARGV[5])
local outcome = is_changed and 'done' or 'unchanged'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
redis.call('HDEL', KEYS[3], ARGV[5])
if ARGV[6] == '' then redis.call('DEL', key('shares', ARGV[5]))
else redis.call('HSET', KEYS[3], ARGV[5], ARGV[6] .. ' ' .. int(now) .. ' ' .. ARGV[7])
end
-- Each asks for its share. One that does not hear of it asks a little later.
if is_changed then tell(ARGV[2], '#') end
return outcome
