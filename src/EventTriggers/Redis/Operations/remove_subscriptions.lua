--[[
  Removes subscriptions of triggers that have ended. The version in a member protects a later trigger of the same id.

  Takes KEYS 5 + n, ARGV 0 + 2n

  KEYS[1]   root
  KEYS[2]   subs     zset: 'trigger id#version' -> number of its subscription; '=FIELD' for a field by whose values triggers are looked up
  KEYS[3]   meta     hash: the number of the type's last subscription, and how many triggers are looked up by each '=FIELD'
  KEYS[4]   routes   set: groups that subscribe to the type
  KEYS[5]   removed  zset: as subs, of the last 1000 that were removed, fields included, for the processes that cache them
  KEYS[6…]  the zset that holds each of them: subs, or one of the triggers that ask for one value of a field
  ARGV[1…]  two for each: its member, and the field, or '' for one that is in subs

  Returns   'ok'. Nothing is removed from a key that holds something of another type
]]
local function remove(member)
  if reach('ZREM', KEYS[2], member) == 1 then reach('ZADD', KEYS[5], next_subscription(KEYS[3]), member) end
end

local function remove_by_value(by, member, field)
  if reach('ZREM', by, member) ~= 1 or (reach('HINCRBY', KEYS[3], field, -1) or 1) > 0 then return end
  redis.call('HDEL', KEYS[3], field)
  remove(field)
end

for n = 1, #KEYS - 5 do
  local member, field = ARGV[2 * n - 1], ARGV[2 * n]
  if field == '' then remove(member) else remove_by_value(KEYS[n + 5], member, '=' .. field) end
end
reach('ZREMRANGEBYRANK', KEYS[5], 0, -1001)
if reach('ZCARD', KEYS[2]) == 0 then reach('SREM', KEYS[4], '$triggers') end
return 'ok'
