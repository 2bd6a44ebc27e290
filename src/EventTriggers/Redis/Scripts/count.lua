--[[
  Counts the deliveries of a group by status.

  KEYS[1]   root
  KEYS[2…7] ready, delayed, leased, dead, done, suspects  of the group

  Returns   the five counts in that order
]]
return {
  redis.call('LLEN', KEYS[2]) + redis.call('LLEN', KEYS[7]), redis.call('ZCARD', KEYS[3]), redis.call('ZCARD', KEYS[4]), redis.call('ZCARD', KEYS[5]),
  redis.call('ZCARD', KEYS[6]),
}
