--[[
  Notes that a consumer is there, and what it is doing; forgets those that have been silent. It tells the consumer what operators have set
  for its groups, and its share of that. Its first write is a removal, so it works when memory is full.

  Takes KEYS 3, ARGV 8 + *

  KEYS[1]   root
  KEYS[2]   consumers  zset: name -> when it was noted last
  KEYS[3]   the consumer's hash
  ARGV[1]   now     unix ms, or '' for the server's clock
  ARGV[2]   channel on which all consumers are told that they may have another share
  ARGV[3]   name
  ARGV[4]   silence ms after which a consumer is gone
  ARGV[5]   lasts   ms for which its share is kept if it is not noted again
  ARGV[6]   ends    '1' when it stops: then it is forgotten
  ARGV[7]   for each group whose deliveries it handles 'name configured held allowed', separated by spaces: how many it handles at a time if
            nothing is set, 0 when it stops; how many it may be handling now and until it knows the reply; and how many of these it may have
            begun by its share
  ARGV[8]   turns   unix ms of the clock by which consumers take turns, the same for all partitions; '' for now
  ARGV[9…]  the fields of its hash, each followed by its value

  Returns   now; then for each group how many deliveries of it are handled at a time, as it is stored: 'count since by', or '' where nothing
            is set; and its share of that. Only now when it stops
]]
local now, name = now_ms(ARGV[1]), ARGV[3]
reach('ZREMRANGEBYSCORE', KEYS[2], '-inf', int(now - ARGV[4]))

local groups, told = {}, {}
for group, own, held, allowed in string.gmatch(ARGV[7], '(%S+) (%d+) (%d+) (%d+)') do
  groups[#groups + 1] = group
  told[group] = {
    name = name, own = tonumber(own), held = tonumber(held), allowed = tonumber(allowed),
    lasts = tonumber(ARGV[5]), turns = whole(ARGV[8]) or now,
  }
end
local set = #groups > 0 and reach('HMGET', root .. ':concurrency', unpack(groups)) or {}

if ARGV[6] == '1' then
  reach('ZREM', KEYS[2], name)
  redis.call('DEL', KEYS[3])
  local is_shared = false
  for i, group in ipairs(groups) do
    if set[i] then
      is_shared = true
      reach('HDEL', share_hash(group), name)
    end
  end
  if is_shared then tell(ARGV[2], '#') end
  return { now }
end

local reply, is_told = { now }, false
for i, group in ipairs(groups) do
  local count, given, may_others = whole(string.match(set[i] or '', '^(%d+) ')), 0, false
  if count then
    given, may_others = share_out(group, count, told[group], now)
  end
  reply[2 * i], reply[2 * i + 1], is_told = set[i] or '', given, is_told or may_others
end
if reach('ZADD', KEYS[2], int(now), name) then
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], 'seen', int(now), unpack(ARGV, 9))
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
if is_told then tell(ARGV[2], '#') end
return reply
