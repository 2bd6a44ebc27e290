--[[
  Sets the numbers of a rate limit in place of those that processes know, or forgets them. Forgetting works when memory is full.

  Takes KEYS 3, ARGV 7

  KEYS[1]  root
  KEYS[2]  lanes
  KEYS[3]  limits    hash: see _limits
  ARGV[1]  now       unix ms, or '' for the server's clock
  ARGV[2]  channel   unused: nobody waits for this
  ARGV[3]  lane
  ARGV[4]  sequence
  ARGV[5]  name
  ARGV[6]  numbers   'count per burst', the span in microseconds; '' to forget what was set
  ARGV[7]  by        who asked for it, or ''

  Returns  'done'; 'not-found' where no process has told of such a limit, and none was set; 'KEY TYPE' when the key of the hash holds
           something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now, is_known = now_ms(ARGV[1]), false
for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
  is_known = is_known or string.match(field, '^%S+') == ARGV[5]
end
local outcome = is_known and 'done' or 'not-found'
record_always(KEYS[2], ARGV[3], ARGV[4], outcome, now)
if is_known then
  redis.call('HDEL', KEYS[3], ARGV[5])
  if ARGV[6] ~= '' then redis.call('HSET', KEYS[3], ARGV[5], ARGV[6] .. ' ' .. int(now) .. ' ' .. ARGV[7]) end
end
return outcome
