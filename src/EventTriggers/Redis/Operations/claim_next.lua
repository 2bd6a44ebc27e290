--[[
  Leases the deliveries that wait behind one that the caller holds, which is the first of its key, so that a batch handles them together.
  They stay in the backlog of their key.

  Takes KEYS 2, ARGV 16 + *

  KEYS[1]   root
  KEYS[2]   leased  zset of the group
  ARGV[1]   now       unix ms, or '' for the server's clock
  ARGV[2]   group
  ARGV[3…4] holder, call: noted in each leased delivery, as claim.lua does
  ARGV[5…6] earlier   the call that has leased others for the same batch, or 0, and how many it has leased
  ARGV[7]   lease     ms
  ARGV[8…10] key, id, fence: of the delivery that the caller holds
  ARGV[11]  most      the most deliveries to lease
  ARGV[12]  budget    bytes of payloads, headers and sources after which no further delivery is leased
  ARGV[13…14] most    bytes of a payload and of headers, as for claim.lua
  ARGV[15…16] most    attempts and crashes: a delivery that would have more of them is handled alone
  ARGV[17…] the types that the batch handles

  Returns   now, and four for each leased delivery: id, fence, attempt, and its hash as HGETALL answers it
]]
local now, group, name, first = now_ms(ARGV[1]), ARGV[2], ARGV[8], ARGV[9]
local at, budget = int(now + ARGV[7]), tonumber(ARGV[12])
local status, fence_field, attempt_field = 'status:' .. group, 'fence:' .. group, 'attempt:' .. group
local leased_as, leased_before, types = 'leased ' .. ARGV[3] .. '.' .. ARGV[4], 'leased ' .. ARGV[3] .. '.' .. ARGV[5], {}
for i = 17, #ARGV do types[ARGV[i]] = true end

-- Whether the caller holds the first of the key, in a group that handles one after the other and lets them begin whenever they can.
local function may_go_on(o)
  if not o or o.places ~= 1 or o.is_limited or pause_of(group, now) or order.active_ids(o, name) ~= first then return false end
  local word, fence = unpack(fields_of(event_key(first), status, fence_field))
  return status_of(word) == 'leased' and (fence or '1') == ARGV[10]
end

-- Whether a batch can handle it behind others. One that is in trouble gets its turn by itself, and claim.lua says what becomes of it.
local function fits(e)
  if e.key ~= name or not types[e.type] or not e.data or e.unique then return false end
  if (whole(e.expires) or (e.expires and now or MAX)) <= now or is_bad(e[fence_field]) or is_bad(e[attempt_field]) then return false end
  if payload_size(e) > tonumber(ARGV[13]) or #e.headers > tonumber(ARGV[14]) then return false end
  local attempt = e[attempt_field] and e[attempt_field] + 1 or e[fence_field] and 2 or 1
  return attempt <= tonumber(ARGV[15]) and (whole(e['crashes:' .. group]) or 0) <= tonumber(ARGV[16])
end

local reply, leases = { now }, {}

local function lease(id, e, hash)
  local event, fence, attempt, r = event_key(id), 1, 1, #reply
  if e[fence_field] or e[attempt_field] then
    fence, attempt = (e[fence_field] or 0) + 1, (e[attempt_field] or 1) + 1
    redis.call('HSET', event, status, leased_as, fence_field, int(fence), attempt_field, int(attempt))
  else
    redis.call('HSET', event, status, leased_as)
  end
  reply[r + 1], reply[r + 2], reply[r + 3], reply[r + 4] = id, fence, attempt, hash
  leases[#leases + 1] = at
  leases[#leases + 1] = fence > 1 and lease_of(id, int(fence)) or id
  budget = budget - payload_size(e) - #e.headers - #e.sources
end

local o = reach('HGET', settings_of(group), 'places') and ordering().group(group)
if not may_go_on(o) or wrong_type(KEYS[2], 'zset') then return reply end

local earlier, most = tonumber(ARGV[6]), tonumber(ARGV[11])
local ids = reach('LRANGE', o.list .. name, int(-math.min(MOST_IN_BATCH, earlier + most + 100)), -1) or {}
for i = #ids, 1, -1 do
  if #leases == 2 * most or budget <= 0 then break end
  local word = fields_of(event_key(ids[i]), status)[1]
  if word == leased_before then earlier = earlier - 1
  elseif word ~= 'canceled' then
    -- Nothing waits for those that were canceled. What stands in front of those that the batch has was redriven, and has its turn first.
    local hash = earlier <= 0 and word == 'ready' and redis.call('HGETALL', event_key(ids[i])) or {}
    local e = { headers = '', sources = '' }
    for f = 1, #hash, 2 do e[hash[f]] = hash[f + 1] end
    if not fits(e) then break end
    lease(ids[i], e, hash)
  end
end
if #leases > 0 then
  redis.call('ZADD', KEYS[2], unpack(leases))
  o.waiting = o.waiting - #leases / 2
  order.write_changes()
end
return reply
