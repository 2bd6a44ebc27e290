--[[
  Sets the numbers of the limit by key of a group in place of those that its hosts ask for, or forgets them. Works when memory is full.

  Takes KEYS 3, ARGV 8

  KEYS[1]  root
  KEYS[2]  lanes
  KEYS[3]  the settings of the group
  ARGV[1]  now       unix ms, or '' for the server's clock
  ARGV[2]  channel   on which consumers are woken
  ARGV[3]  lane
  ARGV[4]  sequence
  ARGV[5]  group
  ARGV[6]  numbers   'count per burst', the span in microseconds; '' to forget what was set
  ARGV[7]  by        who asked for it, or ''
  ARGV[8]  known     '1' where another partition knows of the limit: then the numbers wait here for the next host that asks for one

  Returns  'done'; 'not-found' where the group has no limit by key; 'KEY TYPE' when the key of the settings holds something of that type
           instead: nothing is written then
]]
local settings, group, numbers = KEYS[3], ARGV[5], ARGV[6] ~= '' and ARGV[6]
local wrong = wrong_type(settings, 'hash')
if wrong then return wrong end
local before = replayed(KEYS[2], ARGV[3], ARGV[4])
if before then return before end

local now = now_ms(ARGV[1])
local obeyed, set, told = unpack(redis.call('HMGET', settings, 'key-limit', 'key-limit-set', 'key-limit-told'))
local is_known = string.match(obeyed or '', KEY_NUMBERS .. '$')
record_always(KEYS[2], ARGV[3], ARGV[4], is_known and 'done' or 'not-found', now)
if not is_known then
  if ARGV[8] == '1' then redis.call('HDEL', settings, 'key-limit-set', 'key-limit-told') end
  if ARGV[8] == '1' and numbers then
    redis.call('HSET', settings, 'key-limit-set', numbers .. ' ' .. int(now) .. ' ' .. ARGV[7])
  end
  return 'not-found'
end
told = set_key_limit_of(set) and key_numbers_of(told) or obeyed
redis.call('HDEL', settings, 'key-limit-set', 'key-limit-told')
if numbers then
  redis.call('HSET', settings, 'key-limit-set', numbers .. ' ' .. int(now) .. ' ' .. ARGV[7], 'key-limit-told', told)
end
if (numbers or told) ~= obeyed then
  redis.call('HSET', settings, 'key-limit', numbers or told)
  recheck_limited(group, now)
  wake(ARGV[2], group)
end
return 'done'
