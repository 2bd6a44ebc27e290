--[[
  Reads a page of the triggers of a tag, by their ids: triggers that are added or removed meanwhile hide no others. Triggers whose hash
  another program has deleted are removed.

  Takes KEYS 4, ARGV 2

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4]   tagged:{tag}
  ARGV[1]   after    the id at which the page before ended, or ''
  ARGV[2]   count    how many to look at

  Returns   the id at which this page ends, or '' when it is the last; then three words for each trigger: its id, 'live' or 'ended', and its
            score in that index; 'KEY TYPE' alone when one of the keys holds something of that type instead
]]
local most, gone = tonumber(ARGV[2]), {}
local ids = reach('ZRANGE', KEYS[4], ARGV[1] == '' and '-' or '(' .. ARGV[1], '+', 'BYLEX', 'LIMIT', 0, most)
if not ids then return { wrong_type(KEYS[4], 'zset') } end
local reply = { #ids == most and ids[most] or '' }

for _, id in ipairs(ids) do
  local live = reach('ZSCORE', KEYS[2], id)
  local score = live or reach('ZSCORE', KEYS[3], id)
  if live == nil or score == nil then return { wrong_type(KEYS[2], 'zset') or wrong_type(KEYS[3], 'zset') } end
  if score then
    reply[#reply + 1] = id
    reply[#reply + 1] = live and 'live' or 'ended'
    reply[#reply + 1] = score
  elseif redis.call('EXISTS', key('trigger', id)) == 0 then
    gone[#gone + 1] = id
  end
end

if #gone > 0 then redis.call('ZREM', KEYS[4], unpack(gone)) end
return reply
