--[[
  Reads a page of the triggers of a tag, by their ids: triggers that come or go while they are read hide no others. Those whose hash something else has
  deleted are taken out.

  KEYS[1]   root
  KEYS[2]   triggers
  KEYS[3]   triggers:ended
  KEYS[4]   tagged:{tag}
  ARGV[1]   after    the id at which the page before ended, or ''
  ARGV[2]   count    how many to look at

  Returns   the id at which this page ends, or '' when it is the last; then three words for each trigger: its id, 'live' or 'ended', and its score in that index
]]
local most, gone = tonumber(ARGV[2]), {}
local ids = redis.call('ZRANGE', KEYS[4], ARGV[1] == '' and '-' or '(' .. ARGV[1], '+', 'BYLEX', 'LIMIT', 0, most)
local reply = { #ids == most and ids[most] or '' }

for _, id in ipairs(ids) do
  local live = redis.call('ZSCORE', KEYS[2], id)
  local score = live or redis.call('ZSCORE', KEYS[3], id)
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
