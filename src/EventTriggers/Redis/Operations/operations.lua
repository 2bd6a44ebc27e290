--[[
  Reads bulk operations of a partition, the newest first. Forgets those whose hash is gone.

  Takes KEYS 2, ARGV 2

  KEYS[1]   root
  KEYS[2]   operations
  ARGV[1]   id      of the one that is asked for, or '' for all
  ARGV[2]   most    the most operations to read

  Returns   two values for each operation: its id, and its hash; 'KEY TYPE' alone when the key holds something of that type instead
]]
local wrong = wrong_type(KEYS[2], 'zset')
if wrong then return { wrong } end
local ids, reply, gone = { ARGV[1] }, {}, {}
if ARGV[1] == '' then ids = redis.call('ZREVRANGE', KEYS[2], 0, int(ARGV[2] - 1)) end
for _, id in ipairs(ids) do
  local hash = redis.pcall('HGETALL', key('operation', id))
  if not hash.err and #hash > 0 then
    reply[#reply + 1] = id
    reply[#reply + 1] = hash
  elseif not hash.err then
    gone[#gone + 1] = id
  end
end
if #gone > 0 then redis.pcall('ZREM', KEYS[2], unpack(gone)) end
return reply
