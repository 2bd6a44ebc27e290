--[[
  Subscribes a trigger to the events of a type that this partition accepts from now on. Each process that matches caches a type's
  subscriptions. When there are many, a trigger that asks for one value of a field is kept under that value instead, and looked up by it.

  Takes KEYS 4 + n, ARGV 4 + n

  KEYS[1]   root
  KEYS[2]   subs     zset: 'trigger id#version' -> number of its subscription; '=FIELD' for a field by whose values triggers are looked up
  KEYS[3]   meta     hash: the number of the type's last subscription, and how many triggers are looked up by each '=FIELD'
  KEYS[4]   routes   set: groups that subscribe to the type
  KEYS[5…]  by       zset: as subs, of the triggers that ask for one value of a field; one for each field
  ARGV[1]   member   'trigger id#version'
  ARGV[2]   cached   how many triggers of a type are cached before others are looked up
  ARGV[3]   shared   the most triggers that are kept under one value
  ARGV[4]   lasts    ms that the subscription lasts, or '' for as long as the trigger exists
  ARGV[5…]  the fields

  Returns   'ok'; 'KEY TYPE' when one of the keys holds something of that type instead: nothing is written then
]]
local member, most_cached, most_shared, lasts = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local wrong = wrong_type(KEYS[2], 'zset') or wrong_type(KEYS[3], 'hash') or wrong_type(KEYS[4], 'set')
for k = 5, #KEYS do wrong = wrong or wrong_type(KEYS[k], 'zset') end
if wrong then return wrong end

-- A repeat must not change the first event with which the trigger is matched.
if redis.call('ZSCORE', KEYS[2], member) then return 'ok' end
local rarest, count
for k = 5, #KEYS do
  if redis.call('ZSCORE', KEYS[k], member) then return 'ok' end
  local there = redis.call('ZCARD', KEYS[k])
  if not count or there < count then rarest, count = k, there end
end

local number = next_subscription(KEYS[3])
-- Numbers start again when the store has lost its data: then the epoch is another one.
redis.call('HSETNX', KEYS[3], 'epoch', string.match(member, '#(.*)$'))
if rarest and count < most_shared and redis.call('ZCARD', KEYS[2]) >= most_cached then
  local field, left = '=' .. ARGV[rarest], count > 0 and redis.call('PTTL', KEYS[rarest]) or 0
  redis.call('ZADD', KEYS[rarest], number, member)
  if lasts == '' then redis.call('PERSIST', KEYS[rarest])
  elseif left >= 0 and left < tonumber(lasts) then redis.call('PEXPIRE', KEYS[rarest], lasts) end
  if redis.call('HINCRBY', KEYS[3], field, 1) == 1 then redis.call('ZADD', KEYS[2], number, field) end
else
  redis.call('ZADD', KEYS[2], number, member)
end
redis.call('SADD', KEYS[4], '$triggers')
return 'ok'
