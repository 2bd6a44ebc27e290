--[[
  Lets a trigger see the events of a type that are published in this partition from now on. Those who match hold triggers in memory; when
  there are many, those that ask for one value of a field are kept under that value instead, and looked up.

  Takes KEYS 4 + n, ARGV 4 + n

  KEYS[1]   root
  KEYS[2]   on       zset: 'trigger id#version' -> number of its watch; '=FIELD' for a field whose values are looked up
  KEYS[3]   watched  hash: the number of the last watch, and how many triggers are looked up by each '=FIELD'
  KEYS[4]   routes   set: groups that subscribe to the type
  KEYS[5…]  by       zset: as on, of the triggers that ask for one value of a field; one for each field
  ARGV[1]   member   'trigger id#version'
  ARGV[2]   crowd    so many triggers are held in memory
  ARGV[3]   shared   so many triggers are kept under one value
  ARGV[4]   lasts    ms that the watch lasts, or '' for as long as it is there
  ARGV[5…]  the fields

  Returns   'ok'; 'KEY TYPE' when one of the keys holds something of that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[2], 'zset') or wrong_type(KEYS[3], 'hash') or wrong_type(KEYS[4], 'set')
for k = 5, #KEYS do wrong = wrong or wrong_type(KEYS[k], 'zset') end
if wrong then return wrong end

-- A repeat must not move the event from which on the trigger sees.
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 'ok' end
local rarest, count
for k = 5, #KEYS do
  if redis.call('ZSCORE', KEYS[k], ARGV[1]) then return 'ok' end
  local there = redis.call('ZCARD', KEYS[k])
  if not count or there < count then rarest, count = k, there end
end

local number = next_watch(KEYS[3])
-- Numbers begin anew when the store has lost its data: then this is another.
redis.call('HSETNX', KEYS[3], 'epoch', string.match(ARGV[1], '#(.*)$'))
if rarest and count < tonumber(ARGV[3]) and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then
  local field, left = '=' .. ARGV[rarest], count > 0 and redis.call('PTTL', KEYS[rarest]) or 0
  redis.call('ZADD', KEYS[rarest], number, ARGV[1])
  if ARGV[4] == '' then redis.call('PERSIST', KEYS[rarest])
  elseif left >= 0 and left < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[rarest], ARGV[4]) end
  if redis.call('HINCRBY', KEYS[3], field, 1) == 1 then redis.call('ZADD', KEYS[2], number, field) end
else
  redis.call('ZADD', KEYS[2], number, ARGV[1])
end
redis.call('SADD', KEYS[4], '$triggers')
return 'ok'
