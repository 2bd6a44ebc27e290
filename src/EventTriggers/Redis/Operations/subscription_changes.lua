--[[
  Lists the subscriptions of a type, or the changes since a process read them.

  Takes KEYS 4, ARGV 4

  KEYS[1]   root
  KEYS[2]   subs     zset: 'trigger id#version' -> number of its subscription; '=FIELD' for a field by whose values triggers are looked up
  KEYS[3]   meta     hash: the number of the type's last subscription, and its epoch
  KEYS[4]   removed  zset: as subs, of the last 1000 that were removed, fields included
  ARGV[1]   epoch    that the caller knows, or ''
  ARGV[2]   number   that the caller knows, or 0 for all
  ARGV[3]   goes on  '1' for the next page of all
  ARGV[4]   limit    the most subscriptions to list

  Returns   'foreign' alone when one of the keys holds something of another type; else flat: the epoch, '1' when the list starts from the
            beginning, the number that the caller knows now, whether there is more ('1' or '0'), how many were removed, and those; then each
            that was added and its number
]]
local meta = reach('HMGET', KEYS[3], 'epoch', 'number')
if not meta or not reach('ZCARD', KEYS[2]) or not reach('ZCARD', KEYS[4]) then return { 'foreign' } end
local epoch, last, known = meta[1] or '', whole(meta[2]) or 0, tonumber(ARGV[2])
local first_removed = head(KEYS[4])
local starts_over = epoch ~= ARGV[1] or known == 0
  or (ARGV[3] ~= '1' and first_removed and first_removed > known and redis.call('ZCARD', KEYS[4]) >= 1000)
local from = '(' .. int(starts_over and 0 or known)
local removed = starts_over and {} or redis.call('ZRANGE', KEYS[4], from, '+inf', 'BYSCORE', 'LIMIT', 0, 1000)
local added = redis.call('ZRANGE', KEYS[2], from, '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[4], 'WITHSCORES')
local has_more = #added == 2 * ARGV[4]
local number = has_more and tonumber(added[#added]) or last
local reply = { epoch, starts_over and '1' or '0', int(number), has_more and '1' or '0', int(#removed), unpack(removed) }
for _, value in ipairs(added) do reply[#reply + 1] = value end
return reply
