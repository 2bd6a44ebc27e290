--[[
  Tells those who match which triggers wait for a type, or what has changed since they asked.

  Takes KEYS 4, ARGV 4

  KEYS[1]   root
  KEYS[2]   on       zset: 'trigger id#version' -> number of its watch; '=FIELD' for a field whose values are looked up
  KEYS[3]   watched  hash: the number of the last watch, and its epoch
  KEYS[4]   off      zset: as on, of the last 1000 that were taken out, fields as well
  ARGV[1]   epoch    that is known, or ''
  ARGV[2]   number   that is known, or 0 for all
  ARGV[3]   goes on  '1' for the next page of all
  ARGV[4]   limit    the most triggers to tell

  Returns   'foreign' alone when one of the keys holds something of another type; else flat: the epoch, '1' when this is the beginning of all, the number that is known now, whether there is more ('1' or '0'), how many
            were taken out, and those; then each that was put in and its number
]]
local w = reach('HMGET', KEYS[3], 'epoch', 'number')
if not w or not reach('ZCARD', KEYS[2]) or not reach('ZCARD', KEYS[4]) then return { 'foreign' } end
local epoch, last, known = w[1] or '', whole(w[2]) or 0, tonumber(ARGV[2])
local first_out = head(KEYS[4])
local anew = epoch ~= ARGV[1] or known == 0
  or (ARGV[3] ~= '1' and first_out and first_out > known and redis.call('ZCARD', KEYS[4]) >= 1000)
local from = '(' .. int(anew and 0 or known)
local out = anew and {} or redis.call('ZRANGE', KEYS[4], from, '+inf', 'BYSCORE', 'LIMIT', 0, 1000)
local put = redis.call('ZRANGE', KEYS[2], from, '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[4], 'WITHSCORES')
local more = #put == 2 * ARGV[4]
local reply = { epoch, anew and '1' or '0', int(more and tonumber(put[#put]) or last), more and '1' or '0', int(#out), unpack(out) }
for _, value in ipairs(put) do reply[#reply + 1] = value end
return reply
