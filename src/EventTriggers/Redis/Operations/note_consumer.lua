--[[
  Notes that a consumer is there, and what it is doing; forgets those that have been silent. It tells the consumer what operators have set
  for its groups, and shares it out: all consumers of a group together handle no more deliveries at a time than is set. Its first write is
  a removal, so it works when memory is full.

  Takes KEYS 3, ARGV 7 + *

  KEYS[1]   root
  KEYS[2]   consumers  zset: name -> when it was noted last
  KEYS[3]   the consumer's hash
  ARGV[1]   now     unix ms, or '' for the server's clock
  ARGV[2]   channel on which all consumers are told that they may have another share
  ARGV[3]   name
  ARGV[4]   silence ms after which a consumer is gone
  ARGV[5]   lease   ms for which its share is kept if it is not noted again
  ARGV[6]   ends    '1' when it stops: then it is forgotten
  ARGV[7]   for each group whose deliveries it handles 'name configured held', separated by spaces: how many it handles at a time if nothing
            is set, and how many it may be handling now and until it knows the reply
  ARGV[8…]  the fields of its hash, each followed by its value

  Returns   now; then for each group how many deliveries of it are handled at a time, as it is stored: 'count since by', or '' where nothing
            is set; and its share of that. Only now when it stops
]]
local now, name = now_ms(ARGV[1]), ARGV[3]
reach('ZREMRANGEBYSCORE', KEYS[2], '-inf', int(now - ARGV[4]))

local groups, configured, held = {}, {}, {}
for group, own, most in string.gmatch(ARGV[7], '(%S+) (%d+) (%d+)') do
  groups[#groups + 1], configured[group], held[group] = group, tonumber(own), tonumber(most)
end
local set = #groups > 0 and reach('HMGET', root .. ':concurrency', unpack(groups)) or {}

if ARGV[6] == '1' then
  reach('ZREM', KEYS[2], name)
  redis.call('DEL', KEYS[3])
  local is_shared = false
  for i = 1, #groups do is_shared = is_shared or set[i] end
  if is_shared then tell(ARGV[2], '#') end
  return { now }
end

-- Where there are fewer than one for each consumer, these take turns: so long each.
local TURN = 60000

-- What a consumer has of a group: how many it is configured with, and how many it holds. Nil if it has not said so, or not for long.
local function share_of(hash, group)
  local own, most, ends = string.match(fields_of(hash, 'share:' .. group)[1] or '', '^(%d+) (%d+) (%d+)$')
  own, most, ends = whole(own), whole(most), whole(ends)
  if own and most and ends and ends > now then return own, most end
end

-- What a consumer should have of a number: one, and of the rest as much as its configuration is of that of all. Each computes the same, so
-- that all shares together are the number. weights: of each name, what it is configured with.
local function fair_share(count, names, weights)
  table.sort(names)
  local place, before, all = 0, 0, 0
  for i, one in ipairs(names) do
    if one == name then place, before = i, all end
    all = all + weights[one]
  end
  local rest = count - #names
  if rest < 0 then return (place + math.floor(now / TURN)) % #names < count and 1 or 0 end
  return 1 + math.floor(rest * (before + weights[name]) / all) - math.floor(rest * before / all)
end

local known, fields, is_told = reach('ZRANGE', KEYS[2], 0, -1) or {}, {}, false

-- The share of the caller: what it should have, but no more than others leave, unless it holds that already.
local function share(group, count)
  local names, weights, others = { name }, { [name] = configured[group] }, 0
  for _, other in ipairs(known) do
    local own, most
    if other ~= name then own, most = share_of(root .. ':consumer:' .. other, group) end
    if own then names[#names + 1], weights[other], others = other, own, others + most end
  end
  local given = math.min(fair_share(count, names, weights), math.max(held[group], count - others))
  local holds = math.max(held[group], given)
  add_field(fields, 'share:' .. group, int(configured[group]) .. ' ' .. int(holds) .. ' ' .. int(now + ARGV[5]))

  -- The others are to get what it gives up; and they are to give it a share, if they do not know it yet.
  local _, before = share_of(KEYS[3], group)
  is_told = is_told or (#names > 1 and (not before or (before > holds and others + holds < count)))
  return given
end

local reply = { now }
for i, group in ipairs(groups) do
  local count = whole(string.match(set[i] or '', '^(%d+) '))
  reply[2 * i], reply[2 * i + 1] = set[i] or '', count and share(group, count) or 0
end
if reach('ZADD', KEYS[2], int(now), name) then
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], 'seen', int(now), unpack(ARGV, 8))
  if #fields > 0 then redis.call('HSET', KEYS[3], unpack(fields)) end
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
if is_told then tell(ARGV[2], '#') end
return reply
