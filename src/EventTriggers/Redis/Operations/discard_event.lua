--[[
  Gives up a dead letter: it is no longer dead, and will not be handled. Its first write is a removal, so it works when memory is full.

  Takes KEYS 3, ARGV 6

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the event's hash
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken: a key may wait behind the dead letter
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   group     or '' for every group in which it is dead

  Returns   'discarded', 'not-dead' or 'not-found'; 'KEY TYPE' when the hash's key, or that of a group's dead letters, holds something of
            that type instead: nothing is written then
]]
local wrong = wrong_type(KEYS[3], 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now, id, groups = now_ms(ARGV[1]), ARGV[5], {}
local fields = redis.call('HKEYS', KEYS[3])
local outcome = #fields == 0 and 'not-found' or 'not-dead'
for _, field in ipairs(fields) do
  local group = string.match(field, '^status:(.+)$')
  if group and (ARGV[6] == '' or ARGV[6] == group) then
    groups[#groups + 1] = group
    wrong = wrong or wrong_type(key('dead', group), 'zset')
  end
end
if wrong then return wrong end

redis.call('HDEL', KEYS[2], ARGV[3])
for _, group in ipairs(groups) do
  if redis.call('ZREM', key('dead', group), id) == 1 then
    discard(KEYS[3], id, group, now)
    outcome = 'discarded'
  end
end
record(KEYS[2], ARGV[3], ARGV[4], outcome, now)
write_order(ARGV[2])
return outcome
