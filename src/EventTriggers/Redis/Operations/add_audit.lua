--[[
  Adds an entry to the list of what operators did. Works when memory is full.

  Takes KEYS 3, ARGV 5

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the audit list
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   unused
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   entry     JSON

  Returns   'done'; 'KEY TYPE' when the key of the list holds something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'list')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
record_always(KEYS[2], ARGV[3], ARGV[4], 'done', now)
redis.call('LPUSH', KEYS[3], int(now) .. ' ' .. ARGV[5])
redis.call('LTRIM', KEYS[3], 0, 999)
return 'done'
