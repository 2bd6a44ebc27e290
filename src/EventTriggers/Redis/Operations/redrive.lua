--[[
  Puts a dead letter back: ready, with its attempts and crashes forgotten. Handlers that succeeded do not run again; those that were out of
  attempts do.

  Takes KEYS 3, ARGV 6

  KEYS[1]   root
  KEYS[2]   lanes
  KEYS[3]   the event's hash
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   channel   on which consumers are woken
  ARGV[3]   lane
  ARGV[4]   sequence
  ARGV[5]   id
  ARGV[6]   group     or '' for every group in which it is dead

  Returns   'redriven', 'not-dead' or 'not-found'; 'KEY TYPE' when the hash's key, or that of a group's dead letters, holds something of
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
    redrive(KEYS[3], id, group)
    outcome = 'redriven'
  end
end
record(KEYS[2], ARGV[3], ARGV[4], outcome, now)
send(ARGV[2])
return outcome
