--[[
  Takes ended triggers out of a type's index. The version in a member keeps a later trigger of the same id safe.

  Takes KEYS 5 + n, ARGV 1 + *

  KEYS[1]   root
  KEYS[2]   on       zset: 'trigger id#version' -> number of its watch; '=FIELD' for a field whose values are looked up
  KEYS[3]   watched  hash: the number of the last watch, and how many triggers are looked up by each '=FIELD'
  KEYS[4]   routes   set: groups that subscribe to the type
  KEYS[5]   off      zset: as on, of the last 1000 that were taken out, fields as well, for those who hold them in memory
  KEYS[6…]  by       zset: as on, of the triggers that ask for one value of a field; one for each trigger that may be there
  ARGV[1]   held     how many of the members are in on
  ARGV[2…]  those; then for each of the others: its member, and the field

  Returns   'ok'. What one of the keys does not hold for being of another type need not be taken out of it
]]
local held = tonumber(ARGV[1])
for i = 2, held + 1 do
  if reach('ZREM', KEYS[2], ARGV[i]) == 1 then
    reach('ZADD', KEYS[5], next_watch(KEYS[3]), ARGV[i])
  end
end
for k = 6, #KEYS do
  local member, field = ARGV[held + 2 + 2 * (k - 6)], '=' .. ARGV[held + 3 + 2 * (k - 6)]
  if reach('ZREM', KEYS[k], member) == 1 and (reach('HINCRBY', KEYS[3], field, -1) or 1) <= 0 then
    redis.call('HDEL', KEYS[3], field)
    if reach('ZREM', KEYS[2], field) == 1 then reach('ZADD', KEYS[5], next_watch(KEYS[3]), field) end
  end
end
reach('ZREMRANGEBYRANK', KEYS[5], 0, -1001)
if reach('ZCARD', KEYS[2]) == 0 then reach('SREM', KEYS[4], '$triggers') end
return 'ok'
